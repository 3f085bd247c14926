"""The pictures in a result: where they stand, what they are, and whether they could be kept."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import anyio.to_thread

from toolpost import InvalidArguments, ToolResult
from toolpost_gallery.entry import Entry
from toolpost_gallery.sidecar import said_of
from toolpost_pictures import Picture, Pictures

# Base64 characters; a larger picture is not looked at.
LARGEST = 96 * 1024 * 1024
# Decoded at a time, so that other threads come in between: a whole number of groups of four.
PIECE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Found:
    """A picture in a result; one that cannot be read has no `picture` and no `entry`, and `why` says so."""

    index: int
    said: Mapping[str, Any]
    encoded: str
    picture: Picture | None = None
    entry: Entry | None = None
    why: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the original is durable."""
        return self.entry is not None and self.entry.is_kept


def find(result: ToolResult) -> list[Found]:
    """The pictures among the blocks of a result, image blocks and embedded files, not yet looked at."""
    found: list[Found] = []
    said = iter(said_of(result))
    for index, block in enumerate(result.content):
        if block.type == "image":
            found.append(Found(index, next(said, {}), block.data))
        elif block.type == "resource" and (block.resource.mime_type or "").startswith("image/"):
            encoded = getattr(block.resource, "blob", None)
            if encoded is not None:
                found.append(Found(index, {}, encoded))
    return found


async def look(found: Found, pictures: Pictures) -> Found:
    """The same with its picture, or with why there is none; only what is in the bytes says what it is."""
    if len(found.encoded) > LARGEST:
        return replace(found, why=f"it is larger than {LARGEST * 3 // 4 // 2**20} MiB")
    try:
        data = await anyio.to_thread.run_sync(_decode, found.encoded)
        return replace(found, picture=await pictures.inspect(data))
    except binascii.Error:
        return replace(found, why="it is not valid base64")
    except InvalidArguments as error:
        return replace(found, why=str(error))


def _decode(encoded: str) -> bytes:
    pieces = range(0, len(encoded), PIECE)
    return b"".join(base64.b64decode(encoded[start : start + PIECE], validate=True) for start in pieces)
