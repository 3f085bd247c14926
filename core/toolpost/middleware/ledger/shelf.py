"""Results as they are kept: JSON, with the bytes of pictures and sounds among the artefacts."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import mcp_types as mcp
from pydantic_core import from_json, to_json

from toolpost.artefacts import SCHEME, Artefacts
from toolpost.middleware.ledger.record import JSONObject
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block, text

# Base64 characters decoded at a time, so that other threads come in between: a whole number of groups of four.
PIECE = 1 << 20
# A longer result is an artefact as a whole, in bytes of JSON: records are read by the hundred.
INLINE = 8_192
KINDS: dict[str, type[Block]] = {
    "text": mcp.TextContent,
    "image": mcp.ImageContent,
    "audio": mcp.AudioContent,
    "resource_link": mcp.ResourceLink,
    "resource": mcp.EmbeddedResource,
}
GONE = "[a part of this result is no longer kept]"


@dataclass(frozen=True)
class Shelf:
    """Keeps results, and gives them back."""

    artefacts: Artefacts

    async def keep(self, result: ToolResult) -> JSONObject:
        """What a record holds of a result; all of it is durable when this returns.

        Raises:
            Unavailable: there is no room.
            ValueError: it is no JSON.
        """
        kept = {
            "content": [await self._put_away(block) for block in result.content],
            "structured": result.structured,
            "is_error": result.is_error,
            "meta": dict(result.meta),
        }
        written = to_json(kept, serialize_unknown=True)
        if len(written) > INLINE:
            return {"at": await self.artefacts.put(written)}
        plain: JSONObject = from_json(written)
        return plain

    async def restore(self, kept: JSONObject) -> ToolResult:
        """The result that a record holds; a line stands for what has been cleaned away since."""
        if "at" in kept:
            written = await self.artefacts.get(kept["at"])
            kept = {"content": [text(GONE).model_dump(by_alias=True)]} if written is None else from_json(written)
        content = tuple([await self._fetch(block) for block in kept["content"]])
        return ToolResult(content, kept.get("structured"), bool(kept.get("is_error")), kept.get("meta") or {})

    async def _put_away(self, block: Block) -> JSONObject:
        dumped: JSONObject = block.model_dump(by_alias=True, mode="json", exclude_none=True)
        holder, field = _bytes_in(dumped)
        if field:
            try:
                content = await anyio.to_thread.run_sync(_decode, holder[field])
            except ValueError:
                return dumped  # not base64, so it stays as it is
            holder[field] = await self.artefacts.put(content)
        return dumped

    async def _fetch(self, dumped: JSONObject) -> Block:
        holder, field = _bytes_in(dumped)
        # Base64 has no colon, so a handle cannot be mistaken.
        if field and holder[field].startswith(SCHEME):
            content = await self.artefacts.get(holder[field])
            if content is None:
                return text(GONE)
            holder[field] = await anyio.to_thread.run_sync(_encode, content)
        return KINDS[dumped["type"]].model_validate(dumped)


def _bytes_in(dumped: JSONObject) -> tuple[JSONObject, str]:
    """Where in a block there is base64, if there is."""
    match dumped:
        case {"type": "image" | "audio"}:
            return dumped, "data"
        case {"type": "resource", "resource": {"blob": str()} as resource}:
            return resource, "blob"
    return dumped, ""


def _decode(data: str) -> bytes:
    pieces = (data[at : at + PIECE] for at in range(0, len(data), PIECE))
    return b"".join(base64.b64decode(piece, validate=True) for piece in pieces)


def _encode(content: bytes) -> Any:
    return base64.b64encode(content).decode("ascii")
