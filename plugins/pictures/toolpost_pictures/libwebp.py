"""WebP through libwebp itself: Pillow decodes every file as an animation, in four times the memory.

The function that is called belongs to libwebp's simple API (decode.h), which
is the same since 2010; it is looked up in the library that Pillow brings.
"""

from __future__ import annotations

import ctypes
import mmap
from functools import cache
from typing import TYPE_CHECKING, Any

from toolpost_pictures.containers import Essence

if TYPE_CHECKING:
    from PIL.Image import Image


def decode(essence: Essence) -> Image | None:
    """The picture in a file; None for an animation, and where Pillow was built in another way.

    Raises:
        OSError: the file is damaged.
    """
    from PIL import Image as images

    # A chunk is its header, its body and its padding.
    kinds = {bytes(head[:4]): body for head, body in zip(essence.parts[1:], essence.parts[2:], strict=False)}
    into = None if b"ANMF" in kinds else _decoder()
    if into is None:
        return None
    file, size = essence.file, (essence.width, essence.height)
    # Four bytes a pixel is how Pillow keeps them: what libwebp writes is the picture, without a copy. And a
    # map is not filled with zeros beforehand, which would hold up other threads.
    pixels = mmap.mmap(-1, size[0] * size[1] * 4)
    if not into(file, len(file), ctypes.byref(ctypes.c_char.from_buffer(pixels)), len(pixels), size[0] * 4):
        raise OSError("libwebp cannot read the file")
    mode = "RGBA" if essence.has_alpha else "RGBX"
    image = images.frombuffer(mode, size, pixels, "raw", mode, 0, 1)  # type: ignore[arg-type]  # takes any buffer
    if b"ICCP" in kinds:
        image.info["icc_profile"] = bytes(kinds[b"ICCP"])
    return image


@cache
def _decoder() -> Any:
    """Pillow's module stands for the libraries that it was linked with; None where it holds them hidden."""
    from PIL import _webp

    try:
        into = ctypes.CDLL(_webp.__file__).WebPDecodeRGBAInto
    except (OSError, AttributeError):
        return None
    into.restype = ctypes.c_void_p
    into.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return into
