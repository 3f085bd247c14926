"""WebP: chunks of a RIFF file (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from toolpost_pictures.containers.essence import Damaged, Essence, orientation

PIXELS = frozenset({b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"})
PROFILE, MOST_PROFILE = b"ICCP", 1_000_000
FRAME = b"ANMF"
ANNOUNCED = 0b0000_1100  # the bits of VP8X that announce EXIF and XMP
MOST_CHUNKS = 10_000


def essence(data: bytes) -> Essence:
    """What of a WebP file its first picture needs."""
    kept: list[bytes] = []
    sizes: list[tuple[int, int]] = []
    turned, framed = 1, False
    for kind, body in _chunks(data):
        if kind == b"EXIF":
            turned = orientation(body)
        if kind == b"VP8X" and body:
            body = bytes([body[0] & ~ANNOUNCED]) + body[1:]
        if (kind in PIXELS and not (framed and kind == FRAME)) or (kind == PROFILE and len(body) < MOST_PROFILE):
            kept.append(kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2))
        framed |= kind == FRAME
        sizes += _size(kind, body)
    if not sizes:
        raise Damaged
    # The decoder makes the canvas of the container, or of the stream where there is none.
    width, height = max(width for width, _ in sizes), max(height for _, height in sizes)
    file = b"WEBP" + b"".join(kept)
    return Essence("WEBP", b"RIFF" + struct.pack("<I", len(file)) + file, width, height, turned)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise Damaged
    at = 12
    for _ in range(MOST_CHUNKS):
        if at + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise Damaged
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise Damaged


def _size(kind: bytes, body: bytes) -> list[tuple[int, int]]:
    """The width and height that a chunk declares, if it does."""
    try:
        match kind:
            case b"VP8X":
                width, _, height, _ = struct.unpack_from("<HBHB", body, 4)
                return [(1 + width + (body[6] << 16), 1 + height + (body[9] << 16))]
            case b"VP8 ":
                width, height = struct.unpack_from("<HH", body, 6)
                return [(width & 0x3FFF, height & 0x3FFF)]
            case b"VP8L":
                (bits,) = struct.unpack_from("<I", body, 1)
                return [(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))]
    except struct.error:
        raise Damaged from None
    return []
