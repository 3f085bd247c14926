"""What a file says of its picture beside the pixels: whether it moves, and how its camera was held."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolpost_pictures import Picture

if TYPE_CHECKING:
    from PIL import Image

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
ORIENTATION = 0x0112
# What Pillow raises on files that were made to break it.
BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, struct.error)


@dataclass(frozen=True)
class Marks:
    """`animated` is None where the file does not tell; `orientation` is EXIF's, 1 for upright."""

    animated: bool | None = None
    orientation: int = 1


def marks(picture: Picture) -> Marks:
    """Read the head of a file, in a thread; no pixel is decoded."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture.data), formats=[FORMATS[picture.mime_type]]) as image:
            return Marks(_moves(image, picture.mime_type), _orientation(image))
    except BROKEN:
        return Marks()


def _moves(image: Image.Image, mime_type: str) -> bool:
    # A JPEG of a phone may hold a second, smaller picture, which is no animation.
    return mime_type != "image/jpeg" and bool(getattr(image, "is_animated", False))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except BROKEN:
        return 1
