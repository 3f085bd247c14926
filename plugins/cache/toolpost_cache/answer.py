"""An answer as it is kept: in a form that nobody can change, whatever is done to what is made of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from mcp_types import AudioContent, ContentBlock, ImageContent, TextContent
from pydantic_core import PydanticSerializationError, from_json, to_json

from toolpost import ToolResult
from toolpost_cache.large import is_large

log = logging.getLogger("toolpost.cache")

# Bytes of data that are read or written in a thread.
LARGE = 100_000
PLAIN = (TextContent, ImageContent, AudioContent)
OVERHEAD = 512


@dataclass(frozen=True, eq=False)
class Answer:
    """Content blocks that are copied for each caller, and data as JSON; `size` is what it takes, in bytes."""

    content: tuple[ContentBlock, ...]
    structured: bytes | None
    meta: bytes | None
    size: int

    @classmethod
    def of(cls, result: ToolResult) -> Answer:
        """A result as it is now.

        Raises:
            ValueError: it holds what is no JSON.
        """
        content = tuple(map(_copy, result.content))
        structured = None if result.structured is None else to_json(result.structured, inf_nan_mode="constants")
        meta = to_json(dict(result.meta), inf_nan_mode="constants") if result.meta else None
        for data in (structured, meta):
            from_json(data or b"0", allow_inf_nan=False)
        size = OVERHEAD + sum(map(_size, content)) + len(structured or b"") + len(meta or b"")
        return cls(content, structured, meta, size)

    @classmethod
    async def made(cls, result: ToolResult) -> Answer | None:
        """The same, large data in a thread; None where it cannot be kept."""
        try:
            if is_large(result.structured):
                return await anyio.to_thread.run_sync(cls.of, result)
            return cls.of(result)
        except (ValueError, TypeError, PydanticSerializationError) as error:
            log.warning("an answer cannot be kept: %s", type(error).__name__)
            return None

    async def result(self, extra: Mapping[str, Any]) -> ToolResult:
        """A result of its own for one caller, with more in its meta."""
        if len(self.structured or b"") > LARGE:
            return await anyio.to_thread.run_sync(self.now, extra)
        return self.now(extra)

    def now(self, extra: Mapping[str, Any]) -> ToolResult:
        """The same, at once."""
        structured = None if self.structured is None else from_json(self.structured)
        meta = {**from_json(self.meta), **extra} if self.meta is not None else extra
        return ToolResult(tuple(map(_copy, self.content)), structured, meta=meta)


def _copy(block: ContentBlock) -> ContentBlock:
    """A block that shares nothing that can be changed."""
    plain = isinstance(block, PLAIN) and block.annotations is None and block.meta is None
    return block.model_copy(deep=not plain)


def _size(block: ContentBlock) -> int:
    if isinstance(block, TextContent):
        return OVERHEAD + sys.getsizeof(block.text)
    if isinstance(block, ImageContent | AudioContent):
        return OVERHEAD + sys.getsizeof(block.data)
    return OVERHEAD + len(block.model_dump_json())
