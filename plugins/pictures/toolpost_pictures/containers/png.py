"""PNG: chunks (W3C PNG, section 5)."""

from __future__ import annotations

import struct

from toolpost_pictures.containers.essence import Damaged, Essence, orientation

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Texts, times and further frames (acTL, fcTL, fdAT) stay behind.
PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
PROFILE, MOST_PROFILE = b"iCCP", 1_000_000
MOST_CHUNKS = 100_000


def essence(data: bytes) -> Essence:
    """What of a PNG file its picture needs."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise Damaged
    width, height = struct.unpack_from(">II", data, 16)
    kept, at, turned = [SIGNATURE], 8, 1
    for number in range(MOST_CHUNKS):
        if at + 12 > len(data):
            raise Damaged
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or (kind == b"IHDR" and number):
            raise Damaged
        if kind in PIXELS or (kind == PROFILE and length < MOST_PROFILE):
            kept.append(data[at:end])
        if kind == b"eXIf":
            turned = orientation(data[at + 8 : end - 4])
        if kind == b"IEND":
            return Essence("PNG", b"".join(kept), width, height, turned)
        at = end
    raise Damaged
