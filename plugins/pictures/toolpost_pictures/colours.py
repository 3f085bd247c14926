"""Pixels as every encoder takes them: upright, eight bits, grey, RGB or RGBA, in sRGB."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PROFILE = 1_000_000


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
