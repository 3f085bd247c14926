"""What a function returned as a result that can be sent, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from mcp_types import EmbeddedResource, TextContent, TextResourceContents
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from toolpost.tools.call import ToolResult
from toolpost.tools.content import BLOCKS, PIECE, Audio, Block, Embedded, Image, Link, text

# No model reads as much, and every layer would have to look through it.
RESULT_BYTES = 16 * 1024 * 1024
WAY_OUT = "return a Link or less"
# What a value weighs that is no text.
ITEM = 2


def sendable(result: ToolResult) -> ToolResult:
    """A result that was built by hand, if it can be sent.

    Raises:
        ValueError: it is too long, a text has a lone surrogate, or its data are no JSON.
    """
    for block in result.content:
        if not isinstance(block, BLOCKS):
            raise TypeError(f"{type(block).__name__} is no content block")
    texts = [found for block in result.content if (found := _text(block))]
    # Before anything looks through them.
    _within(sum(map(len, texts)))
    for found in texts:
        _encode(found)
    _within(weight(result.meta, RESULT_BYTES + 1) if result.meta else 0)
    if result.structured is None:
        return result
    data = to_json(result.structured)
    _within(len(data))
    return replace(result, structured=from_json(data, allow_inf_nan=False))


def structured(value: Any, *, wrapped: bool = False) -> ToolResult:
    """A result of data: as structured content for programs, and as JSON text for models.

    Raises:
        ValueError: the value is no JSON: nothing, NaN, bytes, a cycle, a lone surrogate.
    """
    if value is None and not wrapped:
        raise ValueError("it answered nothing")
    if isinstance(value, bytes | bytearray | set | frozenset):
        raise ValueError(f"{type(value).__name__} is not JSON; return text, an Image or an Audio")
    # Through JSON and back: what the plugin keeps a hold of cannot change the result, and NaN cannot hide in it.
    data = to_json(value, inf_nan_mode="constants")
    _within(len(data))
    plain = from_json(data, allow_inf_nan=False)
    return ToolResult((text(data.decode()),), {"result": plain} if wrapped or not isinstance(plain, dict) else plain)


def weight(value: Any, most: int) -> int:
    """About how many bytes of JSON a value becomes, without making them; counted no further than `most`.

    Making JSON of a hundred megabytes takes a second, in which no other
    thread runs; so whoever has to asks here first.
    """
    size, rest = 0, [value]
    while rest and size < most:
        item = rest.pop()
        if isinstance(item, str):
            size += len(item)
        elif isinstance(item, int | float | None):
            size += ITEM
        elif isinstance(item, dict):
            size += ITEM * len(item)
            rest += [*item, *item.values()] if size < most else ()
        elif isinstance(item, list | tuple | set | frozenset):
            size += ITEM * len(item)
            rest += item if size < most else ()
        else:
            rest += _inside(item)
    return size


def light(value: Any) -> Any:
    """The value, if it is not too long to be sent.

    Raises:
        ValueError: it is.
    """
    if weight(value, RESULT_BYTES + 1) > RESULT_BYTES:
        raise ValueError(f"it is longer than {RESULT_BYTES} bytes; {WAY_OUT}")
    return value


def _inside(item: Any) -> Iterable[Any]:
    """What JSON is made of where a value is no plain one; pictures and sounds are none of it."""
    match item:
        case ToolResult():
            return [*map(_text, item.content), item.structured, item.meta]
        case Embedded():
            return [item.content] if isinstance(item.content, str) else ()
        case Image() | Audio() | Link():
            return ()
        case _ if isinstance(item, BLOCKS):
            return [_text(item)]
        case Mapping():
            return [*item, *item.values()]
    fields = getattr(item, "__dict__", {}) if is_dataclass(item) or isinstance(item, BaseModel) else {}
    return fields.values()


def _encode(words: str) -> None:
    # A piece at a time: encoding lets no other thread run.
    if not words.isascii():
        for at in range(0, len(words), PIECE):
            words[at : at + PIECE].encode()


def _text(block: Block) -> str:
    if isinstance(block, TextContent):
        return block.text
    if isinstance(block, EmbeddedResource) and isinstance(block.resource, TextResourceContents):
        return block.resource.text
    return ""


def _within(size: int) -> None:
    if size > RESULT_BYTES:
        raise ValueError(f"it is {size} bytes long, and at most {RESULT_BYTES} are sent; {WAY_OUT}")


def first_line(error: Exception) -> str:
    """The first thing that an exception finds wrong, in a line."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, found['loc'])) or 'the answer'}: {found['msg']}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
