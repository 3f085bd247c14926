"""From a file to pixels, in bounds that are known before."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from toolpost import InvalidArguments
from toolpost_pictures.containers import Essence, essence_of
from toolpost_pictures.picture import DAMAGED, MIME_TYPES, Picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

# What Pillow raises on files that were made to break it.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    EOFError,
    struct.error,
    zlib.error,
)


def inspect(data: bytes, max_pixels: int) -> Picture:
    """The picture in a file, decoded once to see that all of it is there.

    Raises:
        InvalidArguments: it is no PNG, JPEG, WebP or GIF, is damaged, or has too many pixels.
    """
    essence = essence_of(data, max_pixels)
    # A JPEG is read to its end at an eighth of its size too.
    decode(essence, (essence.width // 8, essence.height // 8))
    return Picture(data, MIME_TYPES[essence.format], essence.width, essence.height)


def decode(essence: Essence, enough: tuple[int, int] | None = None) -> Image:
    """The first frame; a JPEG may come out smaller, if that is `enough`.

    Raises:
        InvalidArguments: the file is damaged.
    """
    try:
        image = _opened(essence)
        if image.size != (essence.width, essence.height):
            raise InvalidArguments(DAMAGED)
        if enough:
            image.draft(None, (max(enough[0], 1), max(enough[1], 1)))
        image.load()
    except BROKEN:
        raise InvalidArguments(DAMAGED) from None
    return image


def _opened(essence: Essence) -> ImageFile:
    """The file in the hands of its one decoder.

    Not through `Image.open`, which would try others, and look for further
    pictures in a JPEG; and whose limit of pixels is a global.
    """
    file = io.BytesIO(essence.file)
    match essence.format:
        case "PNG":
            from PIL.PngImagePlugin import PngImageFile

            return PngImageFile(file)
        case "JPEG":
            from PIL.JpegImagePlugin import JpegImageFile

            return JpegImageFile(file)
        case "WEBP":
            from PIL.WebPImagePlugin import WebPImageFile

            return WebPImageFile(file)
        case _:
            from PIL.GifImagePlugin import GifImageFile

            return GifImageFile(file)
