"""GIF: blocks (GIF89a specification, CompuServe 1990)."""

from __future__ import annotations

import struct

from toolpost_pictures.containers.essence import Damaged, Essence

EXTENSION, PICTURE, CONTROL, TRAILER = 0x21, 0x2C, 0xF9, b";"
MOST_BLOCKS = 500_000


def essence(data: bytes) -> Essence:
    """What of a GIF file its first picture needs: the others are not even looked at."""
    if len(data) < 13:
        raise Damaged
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    head = at = 13 + _palette(flags)
    control, budget = b"", MOST_BLOCKS
    while data[at : at + 1] == bytes([EXTENSION]):
        end, budget = _skip(data, at + 2, budget)
        if data[at + 1] == CONTROL:
            control = data[at:end]
        at = end
    if len(data) < at + 11 or data[at] != PICTURE:
        raise Damaged
    left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, at + 1)
    # One byte behind the palette says how wide codes are.
    end, _ = _skip(data, at + 10 + _palette(flags) + 1, budget)
    view = memoryview(data)
    # A decoder enlarges the canvas for a picture that stands out of it.
    width, height = max(width, left + wide), max(height, top + high)
    # The canvas, and the picture that is put on it.
    held = width * height + wide * high
    return Essence("GIF", [view[:head], control, view[at:end], TRAILER], width, height, held=held)


def _palette(flags: int) -> int:
    """Bytes of the palette that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(data: bytes, at: int, budget: int) -> tuple[int, int]:
    """The end of a row of sub-blocks, and how many more there may be in the file."""
    for _ in range(budget):
        budget -= 1
        if at >= len(data):
            raise Damaged
        length = data[at]
        at += 1 + length
        if not length:
            return at, budget
    raise Damaged
