"""A picture file without all that decoding it does not need."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field


class Damaged(ValueError):
    """The file does not hold what its format asks for, or far more than a picture needs."""


@dataclass(frozen=True)
class Essence:
    """The first frame of a file, without texts, thumbnails and what is appended.

    Metadata is where decoders allocate without bound; what never reaches one
    cannot hurt it. `format` is Pillow's name, `orientation` EXIF's number.
    """

    format: str
    file: bytes = field(repr=False)
    width: int
    height: int
    orientation: int = 1


def orientation(exif: bytes) -> int:
    """The orientation in an EXIF block (a TIFF file with one tag of interest), 1 where it says nothing sensible."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for place in range(start + 2, start + 2 + 12 * min(count, 256), 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if (tag, kind) == (0x0112, 3):
                return int(value) if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
