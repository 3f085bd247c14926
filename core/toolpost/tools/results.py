"""What a function returned as a result that can be sent, or the reason why it cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mcp_types import TextContent
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from toolpost.tools.call import ToolResult
from toolpost.tools.content import BLOCKS, text

# No model reads as much, and every layer would have to look through it.
RESULT_BYTES = 16 * 1024 * 1024


def sendable(result: ToolResult) -> ToolResult:
    """A result that was built by hand, if it can be sent.

    Raises:
        ValueError: a text has a lone surrogate, or the structured content is no JSON.
    """
    for block in result.content:
        if not isinstance(block, BLOCKS):
            raise TypeError(f"{type(block).__name__} is no content block")
        if isinstance(block, TextContent):
            block.text.encode()
            _within(len(block.text))
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


def _within(size: int) -> None:
    if size > RESULT_BYTES:
        raise ValueError(f"it is {size} bytes long, and at most {RESULT_BYTES} are sent; return a Link or less")


def first_line(error: Exception) -> str:
    """The first thing that an exception finds wrong, in a line."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, found['loc'])) or 'the answer'}: {found['msg']}"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
