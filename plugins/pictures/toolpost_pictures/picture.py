"""A picture: the bytes of a file that was decoded once, and what it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from toolpost import Image

MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
"""Pillow's names of the formats that are read, and what they are called elsewhere."""

DAMAGED = "the picture is damaged or incomplete; send it again, whole"


@dataclass(frozen=True)
class Picture:
    """A file as it came; `mime_type` is decided from the content.

    `width` and `height` count the pixels that are stored, before any
    orientation that a camera noted.
    """

    data: bytes = field(repr=False)
    mime_type: str
    width: int
    height: int

    def image(self) -> Image:
        """The picture as a tool returns it."""
        return Image(self.data, self.mime_type)
