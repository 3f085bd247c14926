"""From pixels to a file again: in another format, or small enough; nothing but the pixels survives."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from toolpost import InvalidArguments
from toolpost_pictures import colours
from toolpost_pictures.containers import Essence, essence_of
from toolpost_pictures.decode import BROKEN, strips
from toolpost_pictures.memory import WRITTEN, Limits, steps, within
from toolpost_pictures.picture import DAMAGED, MIME_TYPES, Picture
from toolpost_pictures.scaling import reduced, scaled

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {mime_type: name for name, mime_type in MIME_TYPES.items()}
WHOLE: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": 6},
    "JPEG": {"quality": 92},
    "WEBP": {"quality": 92, "method": 2},
    "GIF": {},
}
QUALITIES = (85, 70, 55, 40)
SMALLER = 0.75
SMALLEST_SIDE = 16


def convert(picture: Picture, mime_type: str, limits: Limits) -> Picture:
    """The picture at full size in another format; in a JPEG what was transparent is white.

    Raises:
        InvalidArguments: the format is not one of the four, or cannot hold the picture.
    """
    name = FORMATS.get(mime_type)
    if name is None:
        raise InvalidArguments(f"pictures are not written as {mime_type[:60]!r}; allowed: {', '.join(FORMATS)}")
    essence = essence_of(picture.data, limits.pixels)
    limits.check(essence, 1, WRITTEN[name] * essence.width * essence.height)
    return _encode(_pixels(essence, (essence.width, essence.height)), name, **WHOLE[name])


def fit(picture: Picture, max_bytes: int, max_side: int, limits: Limits) -> Picture:
    """A preview of at most so many bytes, and pixels on its longer side; the same each time.

    Raises:
        InvalidArguments: not even a tiny one fits.
    """
    essence = essence_of(picture.data, limits.pixels)
    size = limits.size(essence, max_side)
    limits.check(essence, steps(essence, size))
    image = colours.opaque(_pixels(essence, size))
    for preview in _ladder(image, _lossless_fits(essence, image, max_bytes)):
        if len(preview.data) <= max_bytes:
            return preview
    raise InvalidArguments(f"the picture cannot be made to fit {max_bytes} bytes; allow more")


def _pixels(essence: Essence, size: tuple[int, int]) -> Image:
    """The picture upright, in sRGB and of a size.

    Raises:
        InvalidArguments: its file turns out to be damaged where its pixels are looked at.
    """
    try:
        return _worked(essence, size)
    except BROKEN:
        raise InvalidArguments(DAMAGED) from None


def _worked(essence: Essence, size: tuple[int, int]) -> Image:
    factor = steps(essence, size)
    found = strips(essence, factor)
    is_banded = essence.format == "PNG" and essence.per_pixel and factor > 1
    image = reduced(found, factor, (essence.width, essence.height)) if is_banded else next(found)
    image = scaled(image, size)
    return colours.upright(colours.srgb(image, image.info.get("icc_profile")), essence.orientation)


def _lossless_fits(essence: Essence, image: Image, max_bytes: int) -> bool:
    """Whether it is worth trying: screenshots and drawings stay sharp, photographs would only cost time."""
    if essence.format not in ("PNG", "GIF"):
        return False
    share = image.width * image.height / (essence.width * essence.height)
    return essence.size * share <= max_bytes


def _ladder(image: Image, lossless: bool) -> Iterator[Picture]:
    """Encodings from the best to the smallest: first less quality, then fewer pixels."""
    name = "WEBP" if image.mode == "RGBA" else "JPEG"
    while True:
        if lossless:
            yield _encode(image, "PNG", **WHOLE["PNG"])
        for quality in QUALITIES:
            yield _encode(image, name, quality=quality)
        if max(image.size) <= SMALLEST_SIDE:
            return
        image = scaled(image, within(*image.size, round(max(image.size) * SMALLER)))


def _encode(image: Image, name: str, **options: Any) -> Picture:
    import PIL.WebPImagePlugin  # noqa: F401 - tells Pillow how to write it; the others register with Image

    if name == "JPEG":
        image = colours.on_white(image)
    file = io.BytesIO()
    # What was known of the file it came from would be written again.
    image.info = {}
    try:
        image.save(file, name, **options)
    except BROKEN as error:
        raise InvalidArguments(f"a picture of {image.width} × {image.height} pixels does not fit a {name}") from error
    return Picture(file.getvalue(), MIME_TYPES[name], image.width, image.height)
