"""The other end of a call: what a tool may want of the client, beside answering it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from toolpost.errors import Refused

if TYPE_CHECKING:
    from toolpost.tools.content import Block, Content

# RFC 5424, section 6.2.1, the least severe first.
Level = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
Role = Literal["user", "assistant"]


@dataclass(frozen=True)
class Question:
    """Something to ask the person at the client, with the JSON Schema of the form for the answer."""

    message: str
    schema: Mapping[str, Any]


@dataclass(frozen=True)
class Sampling:
    """A text for the client's own model to go on with."""

    messages: tuple[tuple[Role, Block], ...]
    max_tokens: int
    system: str | None = None
    temperature: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class RootsWanted:
    """The folders and places that the client works in."""


Inquiry = Question | Sampling | RootsWanted


@dataclass(frozen=True)
class Sampled:
    """What the client's model said; `stop_reason` is MCP's (`endTurn`, `maxTokens` …), where the client names one."""

    content: tuple[Block, ...]
    model: str = ""
    stop_reason: str | None = None

    @property
    def text(self) -> str:
        """The text blocks, joined by line breaks."""
        return "\n".join(block.text for block in self.content if block.type == "text")


@dataclass(frozen=True)
class Root:
    """A place that the client works in, mostly a folder as a `file://` URI."""

    uri: str
    name: str = ""


class Peer(Protocol):
    """What a surface that speaks MCP does for a call while it runs."""

    @property
    def memory(self) -> dict[str, Any]:
        """What is remembered from one round of the call to the next."""
        ...

    def can(self, capability: str) -> bool:
        """Whether the client said that it can."""
        ...

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        """The client's answer: fields or None, `Sampled`, or a tuple of `Root`."""
        ...

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """Send a line to the client's log, if it wants lines of that level."""
        ...

    async def release(self) -> None:
        """Let go of the connection that waits for the answer, where the client can come back for it."""
        ...


class MissingCapability(Refused):
    """The call insists on something that this client cannot do.

    To a client of 2026-07-28 this is an error of the protocol (-32021), which
    names the capabilities; to any other an answer that says so.
    """

    def __init__(self, capabilities: Iterable[str]) -> None:
        self.capabilities = tuple(capabilities)
        super().__init__(f"this needs a client with the capability {', '.join(map(repr, self.capabilities))}")


def conversation(messages: str | Iterable[tuple[Role, Content]]) -> tuple[tuple[Role, Block], ...]:
    """What was said so far, a block at a time; a plain text is said by the user."""
    from toolpost.tools.content import blocks

    if isinstance(messages, str):
        messages = [("user", messages)]
    return tuple((role, block) for role, content in messages for block in blocks(content))
