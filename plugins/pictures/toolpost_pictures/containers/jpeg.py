"""JPEG: markers and segments (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from toolpost_pictures.containers.essence import Damaged, Essence, orientation

FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
TABLES = FRAMES | {0xC4, 0xCC, 0xDB, 0xDD}
SCAN, END, EXIF = 0xDA, 0xD9, 0xE1
# JFIF, colour profile and Adobe's colour transform: without them colours are wrong.
COLOURS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
# Within a scan 0xFF stands before 0x00 or a restart marker, else a segment begins.
MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
WINDOW = 1 << 20
MOST_SEGMENTS = 10_000
# Each scan goes over all pixels again, and costs the sender a few bytes. Cameras and encoders write up to 20.
MOST_SCANS = 60


class Frame(NamedTuple):
    """What the header of a frame says; `coefficients` are the bytes that a decoder holds between scans."""

    width: int
    height: int
    components: int
    progressive: bool
    coefficients: int


def essence(data: bytes) -> Essence:
    """What of a JPEG file its picture needs."""
    view, turned = memoryview(data), 1
    kept, frame = [view[:2]], None
    for marker, start, end in _segments(data):
        body = data[start + 4 : end]
        if marker == SCAN:
            kept.append(view[start : _end_of_scans(data, start)])
            break
        if marker in FRAMES:
            frame = _frame(marker, body, frame)
        elif marker == EXIF and body.startswith(b"Exif\0\0"):
            turned = orientation(body)
        if marker in TABLES or (marker in COLOURS and body.startswith(COLOURS[marker])):
            kept.append(view[start:end])
    if frame is None:
        raise Damaged
    # The first byte of a scan is the number of components in it.
    held = frame.coefficients if frame.progressive or body[:1] < bytes([frame.components]) else 0
    per_pixel = 1 if frame.components == 1 else 4
    return Essence("JPEG", kept, frame.width, frame.height, turned, held, per_pixel, has_alpha=False)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to the first scan's header."""
    at = 2
    for _ in range(MOST_SEGMENTS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        head = data[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF:
            raise Damaged
        end = at + 2 + struct.unpack_from(">H", head, 2)[0]
        if end < at + 4 or end > len(data):
            raise Damaged
        yield head[1], at, end
        at = end
    raise Damaged


def _frame(marker: int, body: bytes, before: Frame | None) -> Frame:
    if len(body) < 6 or before is not None or len(body) < 6 + 3 * body[5]:
        raise Damaged
    height, width = struct.unpack_from(">HH", body, 1)
    samplings = [(body[at] >> 4, body[at] & 15) for at in range(7, 6 + 3 * body[5], 3)]
    most = max((across for across, _ in samplings), default=0) * max((down for _, down in samplings), default=0)
    if not most:
        raise Damaged
    samples = width * height * sum(across * down for across, down in samplings) // most
    return Frame(width, height, len(samplings), marker in PROGRESSIVE, samples * 2)


def _end_of_scans(data: bytes, at: int) -> int:
    """Where the picture ends; what is appended to it begins there."""
    scans = 0
    for _ in range(MOST_SEGMENTS):
        found = _next_marker(data, at)
        if found is None or found[1][0] == END:
            return found.end() if found else len(data)
        scans += found[1][0] == SCAN
        if scans > MOST_SCANS:
            break
        length = data[found.end() : found.end() + 2]
        at = found.end() + (int.from_bytes(length, "big") if found[1][0] not in (0x01, 0xD8) else 0)
    raise Damaged


def _next_marker(data: bytes, at: int) -> re.Match[bytes] | None:
    """The next marker, looked for a megabyte at a time: `re` lets no other thread run meanwhile."""
    for start in range(at, len(data), WINDOW):
        found = MARKER.search(data, start, start + WINDOW + 1)
        if found:
            return found
    return None
