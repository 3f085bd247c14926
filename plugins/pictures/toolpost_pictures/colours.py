"""Pixels as every encoder takes them: upright, eight bits, grey, RGB or RGBA, in sRGB."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PROFILE = 1_000_000
STRIP = 256


def upright(image: Image, orientation: int) -> Image:
    """The picture as its camera was held (EXIF 2.32, tag 0x0112)."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return image if turn is None else image.transpose(turn)


def plain(image: Image) -> Image:
    """The picture in L, RGB or RGBA; colours of a device (CMYK) stay as they are until `srgb`."""
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode.startswith("I"):
        # Pillow cuts sixteen bits off where it should scale them.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def reduced(image: Image, factor: int) -> Image:
    """The plain picture at a whole fraction of its size.

    In strips, because Pillow copies what it reduces and what it converts,
    and a second copy of a large picture takes 100 MB.
    """
    if factor <= 1:
        return plain(image)
    strips = [
        plain(image.crop((0, top, image.width, min(top + STRIP * factor, image.height)))).reduce(factor)
        for top in range(0, image.height, STRIP * factor)
    ]
    return stacked(strips)


def stacked(strips: list[Image]) -> Image:
    """One picture of strips that stand below each other."""
    from PIL import Image as images

    whole = images.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for number, strip in enumerate(strips):
        whole.paste(strip, (0, number * STRIP))
    return whole


def srgb(image: Image, profile: bytes | None) -> Image:
    """The colours that a profile means, in sRGB; a profile that fits badly is ignored."""
    if profile and len(profile) <= MOST_PROFILE:
        from PIL import ImageCms

        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
            return converted or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB") if image.mode == "CMYK" else image


def opaque(image: Image) -> Image:
    """The picture without an alpha channel that hides nothing."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255:
        return image.convert("RGB")
    return image


def on_white(image: Image) -> Image:
    """The picture as it looks on paper."""
    if image.mode != "RGBA":
        return image
    from PIL import Image as images

    paper = images.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper
