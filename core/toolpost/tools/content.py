"""What a tool may return, and how it becomes content blocks."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mcp_types as mcp

# Bytes that are encoded at a time; three become four letters.
PIECE = 3 * 256 * 1024

Block = mcp.TextContent | mcp.ImageContent | mcp.AudioContent | mcp.ResourceLink | mcp.EmbeddedResource
BLOCKS = (mcp.TextContent, mcp.ImageContent, mcp.AudioContent, mcp.ResourceLink, mcp.EmbeddedResource)


@dataclass(frozen=True)
class Image:
    """A picture as a tool returns it: the bytes of a PNG, JPEG, WebP or GIF file."""

    data: bytes
    mime_type: str = "image/png"

    def block(self) -> mcp.ImageContent:
        return mcp.ImageContent(type="image", data=_base64(self.data), mime_type=self.mime_type)


@dataclass(frozen=True)
class Audio:
    """A sound as a tool returns it: the bytes of a file."""

    data: bytes
    mime_type: str = "audio/wav"

    def block(self) -> mcp.AudioContent:
        return mcp.AudioContent(type="audio", data=_base64(self.data), mime_type=self.mime_type)


@dataclass(frozen=True)
class Link:
    """A resource that the client may read by its URI."""

    uri: str
    name: str = ""
    mime_type: str | None = None
    description: str | None = None

    def block(self) -> mcp.ResourceLink:
        return mcp.ResourceLink(
            type="resource_link",
            uri=self.uri,
            name=self.name or self.uri,
            mime_type=self.mime_type,
            description=self.description,
        )


@dataclass(frozen=True)
class Embedded:
    """A resource whose text or bytes travel with the result."""

    uri: str
    content: str | bytes
    mime_type: str | None = None

    def block(self) -> mcp.EmbeddedResource:
        return mcp.EmbeddedResource(type="resource", resource=self.contents())

    def contents(self) -> mcp.TextResourceContents | mcp.BlobResourceContents:
        """The form in which `resources/read` answers."""
        if isinstance(self.content, str):
            return mcp.TextResourceContents(uri=self.uri, text=self.content, mime_type=self.mime_type)
        return mcp.BlobResourceContents(uri=self.uri, blob=_base64(self.content), mime_type=self.mime_type)


Content = Block | Image | Audio | Link | Embedded | str
"""What a tool may return, alone or in a list; a plain string is a text block."""

OURS = (Image, Audio, Link, Embedded)


def is_content(value: Any) -> bool:
    """Whether a value is content as it stands, rather than data to be described by a schema."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(is_content, value)) and not all(isinstance(item, str) for item in value)
    return isinstance(value, (str, *BLOCKS, *OURS))


def blocks(value: Any) -> Iterator[Block]:
    """The content blocks of a value for which `is_content` holds."""
    match value:
        case str():
            yield text(value)
        case Image() | Audio() | Link() | Embedded():
            yield value.block()
        case list() | tuple():
            for item in value:
                yield from blocks(item)
        case _:
            yield value


def text(value: str) -> mcp.TextContent:
    """One text block; a lone surrogate raises `UnicodeEncodeError` here and not on the wire."""
    if not value.isascii():
        # In pieces: one encoding of a hundred megabytes takes a fifth of a second.
        for at in range(0, len(value), PIECE):
            value[at : at + PIECE].encode()
    return mcp.TextContent(text=value)


def media_bytes(value: Any) -> int:
    """How many bytes of pictures, sounds and files are yet to be encoded in a value."""
    match value:
        case Image() | Audio():
            return len(value.data)
        case Embedded():
            return len(value.content)
        case list() | tuple():
            return sum(media_bytes(item) for item in value if isinstance(item, OURS))
    return 0


def _base64(data: bytes) -> str:
    # A piece at a time: encoding lets no other thread run, and takes 100 ms for a large file.
    return "".join([_piece(data[at : at + PIECE]) for at in range(0, len(data), PIECE)])


def _piece(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
