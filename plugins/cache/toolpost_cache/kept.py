"""Answers that survive a restart: in the store, beside those in memory."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mcp_types as mcp
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from toolpost import Space, ToolResult, Unavailable

log = logging.getLogger("toolpost.cache")
# Larger answers stay in memory alone: the store is for many small ones.
LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """Answers in a space of the store; a store that fails is as good as an empty one.

    `clock` is the wall's, since answers outlive the process.
    """

    space: Space
    clock: Callable[[], float] = time.time

    async def get(self, key: bytes) -> tuple[ToolResult, float] | None:
        """An answer, and for how many seconds it is still good."""
        try:
            written = await self.space.get(key.hex())
            kept = from_json(written) if written is not None else None
            if kept is None or kept["until"] <= self.clock():
                return None
            return _result(kept), kept["until"] - self.clock()
        except (Unavailable, ValueError, KeyError, ValidationError) as error:
            log.warning("a kept answer cannot be read: %s", type(error).__name__)
            return None

    async def put(self, key: bytes, result: ToolResult, ttl: float) -> None:
        """Keep an answer for so many seconds, if it is not too large."""
        content = [block.model_dump(by_alias=True, mode="json", exclude_none=True) for block in result.content]
        kept = {"until": self.clock() + ttl, "content": content, "structured": result.structured}
        written = to_json({**kept, "meta": dict(result.meta)})
        if len(written) > LARGEST:
            return
        try:
            await self.space.set(key.hex(), written, ttl)
        except Unavailable as error:
            log.warning("an answer cannot be kept: %s", type(error).__name__)

    async def clear(self) -> int:
        """Forget them all; how many there were."""
        return await self.space.clear()


def _result(kept: dict[str, Any]) -> ToolResult:
    blocks: TypeAdapter[list[mcp.ContentBlock]] = TypeAdapter(list[mcp.ContentBlock])
    content = blocks.validate_python(kept["content"], by_name=False)
    return ToolResult(tuple(content), kept["structured"], meta=kept["meta"])
