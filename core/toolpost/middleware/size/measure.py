"""How many bytes a result takes on the wire."""

from __future__ import annotations

from typing import Any, NamedTuple

from mcp_types import AudioContent, EmbeddedResource, ImageContent, TextContent, TextResourceContents
from pydantic_core import to_json

from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block
from toolpost.tools.results import RESULT_BYTES, weight

# What one character may take in JSON, as in `\u0000`, and what a block takes besides its content.
WORST, BLOCK = 6, 64
# Characters that are measured at a time, so that other threads come in between.
PIECE = 65_536
# Characters of a part: about 25,000 tokens of English.
PART = 100_000


class Sizes(NamedTuple):
    """The bytes of a result: what may be cut, what may not, and all that is nobody's text."""

    texts: int
    structured: int
    rest: int

    @property
    def total(self) -> int:
        return sum(self)


def surely_fits(result: ToolResult, limit: float) -> bool:
    """Whether a result takes no more than so many bytes, by a bound that costs little."""
    size = 0
    for block in result.content:
        text = text_of(block)
        size += BLOCK + (WORST * len(text) if text is not None else _other(block))
    return size <= limit and size + _json(result.structured) + _json(result.meta) <= limit


def sizes(result: ToolResult) -> Sizes:
    """The bytes of a result, counted."""
    texts = [text_of(block) for block in result.content]
    others = (_other(block) + BLOCK for block, text in zip(result.content, texts, strict=True) if text is None)
    long = sum(wire_bytes(text) + BLOCK for text in texts if text is not None)
    return Sizes(long, _json(result.structured), sum(others) + _json(result.meta))


def text_of(block: Block) -> str | None:
    """The text of a block that may be cut."""
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
        return block.resource.text
    return None


def wire_bytes(text: str) -> int:
    """The bytes of a text within a message, without its quotes."""
    return sum(len(to_json(text[at : at + PIECE])) - 2 for at in range(0, len(text), PIECE))


def _other(block: Block) -> int:
    if isinstance(block, ImageContent | AudioContent):
        return len(block.data)
    if isinstance(block, EmbeddedResource):
        return len(block.resource.uri) + len(getattr(block.resource, "blob", ""))
    return len(block.model_dump_json(by_alias=True, exclude_none=True))


def _json(value: Any) -> int:
    if not value:
        return 0
    try:
        return len(to_json(value, inf_nan_mode="null", serialize_unknown=True))
    except ValueError:  # no JSON, which is for those who send it to say
        return WORST * weight(value, RESULT_BYTES)
