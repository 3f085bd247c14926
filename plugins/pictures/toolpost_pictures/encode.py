"""From pixels to a file again: in another format, or small enough; nothing but the pixels survives."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from toolpost import InvalidArguments
from toolpost_pictures import colours
from toolpost_pictures.containers import Essence, essence_of
from toolpost_pictures.decode import BROKEN, decode
from toolpost_pictures.picture import MIME_TYPES, Picture

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


def convert(picture: Picture, mime_type: str, max_pixels: int) -> Picture:
    """The picture at full size in another format; in a JPEG what was transparent is white.

    Raises:
        InvalidArguments: the format is not one of the four, or cannot hold the picture.
    """
    name = FORMATS.get(mime_type)
    if name is None:
        raise InvalidArguments(f"pictures are not written as {mime_type[:60]!r}; allowed: {', '.join(FORMATS)}")
    image = _pixels(essence_of(picture.data, max_pixels))
    return _encode(image, name, **WHOLE[name])


def fit(picture: Picture, max_bytes: int, max_side: int, max_pixels: int) -> Picture:
    """A preview of at most so many bytes, and pixels on its longer side; the same each time.

    Raises:
        InvalidArguments: not even a tiny one fits.
    """
    essence = essence_of(picture.data, max_pixels)
    image = colours.opaque(_pixels(essence, max_side))
    for preview in _ladder(image, _lossless_fits(essence, image, max_bytes)):
        if len(preview.data) <= max_bytes:
            return preview
    raise InvalidArguments(f"the picture cannot be made to fit {max_bytes} bytes; allow more")


def _pixels(essence: Essence, max_side: int | None = None) -> Image:
    """The picture upright, in sRGB and, if asked, within a square."""
    size = _within(essence.width, essence.height, max_side)
    image = decode(essence, size)
    profile = image.info.get("icc_profile")
    image = colours.reduced(image, min(image.width // size[0], image.height // size[1]))
    if image.size != size:
        image = _scaled(image, size)
    return colours.upright(colours.srgb(image, profile), essence.orientation)


def _within(width: int, height: int, side: int | None) -> tuple[int, int]:
    scale = min(1.0, side / max(width, height)) if side else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def _scaled(image: Image, size: tuple[int, int]) -> Image:
    from PIL.Image import Resampling

    return image.resize(size, Resampling.LANCZOS)


def _lossless_fits(essence: Essence, image: Image, max_bytes: int) -> bool:
    """Whether it is worth trying: screenshots and drawings stay sharp, photographs would only cost time."""
    if essence.format not in ("PNG", "GIF"):
        return False
    share = image.width * image.height / (essence.width * essence.height)
    return len(essence.file) * share <= max_bytes


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
        image = _scaled(image, _within(*image.size, round(max(image.size) * SMALLER)))


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
