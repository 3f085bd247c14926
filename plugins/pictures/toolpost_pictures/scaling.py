"""Pictures made smaller, in strips: Pillow copies what it converts and scales, and a copy of a large one is 100 MB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from toolpost_pictures.colours import plain

if TYPE_CHECKING:
    from PIL.Image import Image

STRIP_PIXELS = 250_000
# Lanczos looks at three pixels to each side, of the size of those that come out.
REACH = 3


def reduced(strips: Iterable[Image], factor: int, size: tuple[int, int]) -> Image:
    """One plain picture at a whole fraction, of strips that have a multiple of `factor` rows each but for the last."""
    return _joined((_reduced(strip, factor) for strip in strips), (-(-size[0] // factor), -(-size[1] // factor)))


def _reduced(strip: Image, factor: int) -> Image:
    small = plain(strip).reduce(factor)
    small.info = strip.info
    return small


def scaled(image: Image, size: tuple[int, int]) -> Image:
    """The plain picture in another size."""
    factor = min(image.width // size[0], image.height // size[1])
    if factor > 1:
        image = reduced(_cut(image, factor), factor, image.size)
    if size == image.size:
        return plain(image)
    return _joined(_resized(image, size), size)


def _joined(strips: Iterable[Image], size: tuple[int, int]) -> Image:
    from PIL import Image as images

    whole, top = None, 0
    for strip in strips:
        whole = whole or images.new(strip.mode, size)
        whole.info = strip.info
        whole.paste(strip, (0, top))
        top += strip.height
    assert whole is not None
    return whole


def _cut(image: Image, multiple: int) -> Iterator[Image]:
    rows = max(1, STRIP_PIXELS // (image.width * multiple)) * multiple
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        strip.info = image.info
        yield strip


def _resized(image: Image, size: tuple[int, int]) -> Iterator[Image]:
    from PIL.Image import Resampling

    scale = image.height / size[1]
    rows = max(1, int(STRIP_PIXELS / (image.width * scale)))
    for top in range(0, size[1], rows):
        bottom = min(top + rows, size[1])
        first = max(0, int((top - REACH) * scale) - 1)
        last = min(image.height, int((bottom + REACH) * scale) + 2)
        strip = image.crop((0, first, image.width, last))
        strip.info = image.info
        box = (0, top * scale - first, image.width, min(bottom * scale, image.height) - first)
        strip = plain(strip).resize((size[0], bottom - top), Resampling.LANCZOS, box)
        strip.info = image.info
        yield strip
