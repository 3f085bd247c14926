"""WebP: chunks of a RIFF file (RFC 9649)."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping

from toolpost_pictures.containers.essence import Damaged, Essence, orientation

PIXELS = frozenset({b"VP8X", b"ALPH", b"VP8 ", b"VP8L", b"ANIM", b"ANMF"})
PROFILE, MOST_PROFILE = b"ICCP", 1_000_000
FRAME = b"ANMF"
ANNOUNCED = 0b0000_1100  # the bits of VP8X that announce EXIF and XMP
VP8L_ALPHA = 0b0001_0000  # in the fifth byte of the stream
MOST_CHUNKS = 10_000


def essence(data: bytes) -> Essence:
    """What of a WebP file its first picture needs."""
    kept: list[bytes | memoryview] = []
    found: dict[bytes, memoryview] = {}
    sizes: list[tuple[int, int]] = []
    turned = 1
    for kind, body in _chunks(data):
        if kind == b"EXIF":
            turned = orientation(bytes(body))
        if (kind in PIXELS and not (kind == FRAME and FRAME in found)) or (
            kind == PROFILE and len(body) < MOST_PROFILE
        ):
            kept += _chunk(kind, body)
        found.setdefault(kind, body)
        sizes += _size(kind, body)
    if not sizes:
        raise Damaged
    # The decoder makes the canvas of the container, or of the stream where there is none.
    width, height = max(width for width, _ in sizes), max(height for _, height in sizes)
    size = sum(map(len, kept))
    parts = [b"RIFF" + struct.pack("<I", size + 4) + b"WEBP", *kept]
    # The file is put together for the decoder.
    held = size + width * height * _per_pixel(found)
    return Essence("WEBP", parts, width, height, turned, held=held, has_alpha=_has_alpha(found))


def _chunk(kind: bytes, body: memoryview) -> list[bytes | memoryview]:
    """A chunk as it is kept: header, body and padding."""
    head = kind + struct.pack("<I", len(body))
    if kind == b"VP8X" and len(body):
        return [head, bytes([body[0] & ~ANNOUNCED]), body[1:], b"\0" * (len(body) % 2)]
    return [head, body, b"\0" * (len(body) % 2)]


def _has_alpha(found: Mapping[bytes, memoryview]) -> bool:
    return FRAME in found or b"ALPH" in found or (b"VP8L" in found and bool(found[b"VP8L"][4] & VP8L_ALPHA))


def _per_pixel(kinds: Collection[bytes]) -> int:
    """Bytes that libwebp takes for a pixel: what comes out, and what it works with.

    Measured with 1.6: a lossless frame is held twice, an alpha channel too.
    The canvas of an animation is held three times, and Pillow copies it.
    """
    if FRAME in kinds:
        return 20
    return 8 if b"VP8L" in kinds else 4 + 2 * (b"ALPH" in kinds)


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    view = memoryview(data)
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
        yield kind, view[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    raise Damaged


def _size(kind: bytes, body: memoryview) -> list[tuple[int, int]]:
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
