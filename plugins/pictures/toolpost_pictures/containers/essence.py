"""A picture file without all that decoding it does not need."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from toolpost_pictures.containers.pieces import Pieces


class Damaged(ValueError):
    """The file does not hold what its format asks for, or far more than a picture needs."""


@dataclass(frozen=True)
class Essence:
    """The first frame of a file, without texts, thumbnails and what is appended.

    Metadata is where decoders allocate without bound; what never reaches one
    cannot hurt it. `format` is Pillow's name, `orientation` EXIF's number.
    `held` is what a decoder takes whatever is asked of it; `per_pixel` what it
    takes besides for each pixel that comes out, 0 where it cannot make a
    picture smaller while it decodes. Both are bytes.
    """

    format: str
    parts: Sequence[bytes | memoryview] = field(repr=False)
    width: int
    height: int
    orientation: int = 1
    held: int = 0
    per_pixel: int = 0
    has_alpha: bool = True

    @property
    def file(self) -> bytes:
        """The bytes of a whole file."""
        return b"".join(self.parts)

    @property
    def size(self) -> int:
        """How many bytes the file has."""
        return sum(map(len, self.parts))

    def open(self) -> io.BufferedReader:
        """The file to read from, without another copy of it."""
        return io.BufferedReader(Pieces([memoryview(part) for part in self.parts if len(part)]))

    def bytes_at(self, factor: int) -> int:
        """What decoding takes where one side in `factor` is enough."""
        return self.held + self.per_pixel * -(-self.width // factor) * -(-self.height // factor)


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
