"""PNG: chunks (W3C PNG, section 5)."""

from __future__ import annotations

import struct

from toolpost_pictures.containers.essence import Damaged, Essence, orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Texts, times and further frames (acTL, fcTL, fdAT) stay behind.
PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
PROFILE, MOST_PROFILE = b"iCCP", 1_000_000
MOST_CHUNKS = 100_000
GREY, COLOUR, PALETTE, WITH_ALPHA = 0, 2, 3, (4, 6)


def essence(data: bytes) -> Essence:
    """What of a PNG file its picture needs."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise Damaged
    width, height = struct.unpack_from(">II", data, 16)
    view, kept, at, turned = memoryview(data), [memoryview(SIGNATURE)], 8, 1
    transparent = False
    for number in range(MOST_CHUNKS):
        if at + 12 > len(data):
            raise Damaged
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or (kind == b"IHDR" and number):
            raise Damaged
        if kind in PIXELS or (kind == PROFILE and length < MOST_PROFILE):
            kept.append(view[at:end])
        transparent |= kind == b"tRNS"
        if kind == b"eXIf":
            turned = orientation(data[at + 8 : end - 4])
        if kind == b"IEND":
            alpha = transparent or data[25] in WITH_ALPHA
            return Essence("PNG", kept, width, height, turned, **_memory(data, width, height), has_alpha=alpha)
        at = end
    raise Damaged


def _memory(data: bytes, width: int, height: int) -> dict[str, int]:
    """What decoding takes: Pillow's bytes for each pixel, of which rows of eight bits need not be held all."""
    depth, colour, interlaced = data[24], data[25], data[28]
    small = colour in (GREY, PALETTE)
    each = (1 if depth <= 8 else 2) if small else 4
    in_rows = depth == 8 and not interlaced and colour != PALETTE
    return {"per_pixel": each} if in_rows else {"held": each * width * height}
