"""A call and its result: what enters the onion and what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from toolpost.tools.content import Block, blocks
from toolpost.tools.context import Context

if TYPE_CHECKING:
    from toolpost.tools.tool import Tool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of one tool; a layer changes it with `dataclasses.replace`.

    `arguments` holds JSON values as the caller sent them: what is typed is
    made from them when the tool itself is reached.
    """

    tool: Tool
    arguments: Mapping[str, Any] = field(default_factory=dict)
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered: content blocks for the model, and data for programs.

    `structured` is a JSON value that fits the tool's output schema. `meta`
    goes to the client under `_meta`.
    """

    content: tuple[Block, ...] = ()
    structured: Any = None
    is_error: bool = False
    meta: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, *content: Any, structured: Any = None, meta: Mapping[str, Any] | None = None) -> ToolResult:
        """A result of texts, pictures, links and other content, in that order."""
        return cls(tuple(_flat(content)), structured, meta=meta or {})

    @property
    def text(self) -> str:
        """The text blocks, joined by line breaks."""
        return "\n".join(block.text for block in self.content if block.type == "text")


CallNext = Callable[[ToolCall], Awaitable[ToolResult]]
"""The rest of the onion: the next layer and all within it."""

Middleware = Callable[[ToolCall, CallNext], Awaitable[ToolResult]]
"""A layer: goes on, goes on with a changed call, goes on again, answers by itself, or refuses."""


def _flat(content: Iterable[Any]) -> Iterable[Block]:
    for item in content:
        yield from blocks(item)
