"""From a file to pixels, in bounds that are known before."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from toolpost import InvalidArguments
from toolpost_pictures import libwebp
from toolpost_pictures.bands import bands
from toolpost_pictures.containers import Essence, essence_of
from toolpost_pictures.memory import Limits
from toolpost_pictures.picture import DAMAGED, MIME_TYPES, Picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

# What Pillow raises on files that were made to break it.
BROKEN = (
    OSError,
    AssertionError,
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
# To see that a file is whole: at an eighth of its size a JPEG is read to its end too.
ENOUGH = 8


def inspect(data: bytes, limits: Limits) -> Picture:
    """The picture in a file, decoded once to see that all of it is there.

    Raises:
        InvalidArguments: it is no PNG, JPEG, WebP or GIF, is damaged, or has too many pixels.
    """
    essence = essence_of(data, limits.pixels)
    limits.check(essence, ENOUGH)
    for _ in strips(essence, ENOUGH):
        pass
    return Picture(data, MIME_TYPES[essence.format], essence.width, essence.height)


def strips(essence: Essence, factor: int = 1) -> Iterator[Image]:
    """The first frame from top to bottom; in one piece, if it takes the same memory so.

    A JPEG is that many times smaller already. From a PNG that comes in
    bands, all but the last have a multiple of `factor` rows.

    Raises:
        InvalidArguments: the file is damaged.
    """
    try:
        if essence.format == "PNG" and essence.per_pixel and factor > 1:
            yield from bands(essence, _opened(essence), min(factor, essence.height))
        else:
            yield _whole(essence, factor)
    except BROKEN:
        raise InvalidArguments(DAMAGED) from None


def _whole(essence: Essence, factor: int) -> Image:
    if essence.format == "WEBP" and (found := libwebp.decode(essence)):
        return found
    image = _opened(essence)
    if image.size != (essence.width, essence.height):
        raise OSError("another size than its header says")
    if factor > 1:
        image.draft(None, (max(image.width // factor, 1), max(image.height // factor, 1)))
    image.load()
    if image.mode == "P" and image.palette is None:
        raise OSError("no palette")
    return image


def _opened(essence: Essence) -> ImageFile:
    """The file in the hands of its one decoder.

    Not through `Image.open`, which would try others, and look for further
    pictures in a JPEG; and whose limit of pixels is a global.
    """
    file = essence.open()
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
