"""A PNG a band of rows at a time: Pillow decodes it whole, and a large one takes 100 MB."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from toolpost_pictures.containers import Essence

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

BAND_BYTES = 1 << 20
# zlib gives back what it has not used as a copy.
MORSEL = 1 << 16
IDAT = b"IDAT"


def bands(essence: Essence, file: ImageFile, multiple: int = 1) -> Iterator[Image]:
    """The rows of an opened PNG from top to bottom, each band as many as a `multiple`, but for the last.

    A row is stored as its difference to the one above (PNG, section 9), so
    each band is decoded behind the last row of the band before, which goes in
    front of it as it is.

    Raises:
        OSError, ValueError, zlib.error: the file is damaged.
    """
    from PIL import Image as images

    width, height = essence.width, essence.height
    raw = str(file.tile[0].args)
    length = width * len(raw)  # a letter for each byte of a pixel
    rows = max(1, BAND_BYTES // (length * multiple)) * multiple
    pixels, above = _Pixels(essence), b""
    for top in range(0, height, rows):
        count = min(rows, height - top)
        data = above + pixels.read(count * (1 + length))
        band = images.frombytes(file.mode, (width, count + bool(above)), zlib.compress(data, 0), "zip", raw, 0)
        above = b"\0" + band.crop((0, band.height - 1, width, band.height)).tobytes()
        if band.height > count:
            band = band.crop((0, 1, width, band.height))
        band.info = file.info
        yield band


class _Pixels:
    """What is deflated in the IDAT chunks."""

    def __init__(self, essence: Essence) -> None:
        self._morsels = _morsels(essence)
        self._packed = zlib.decompressobj()
        self._rest: bytes | memoryview = b""

    def read(self, count: int) -> bytes:
        """So many bytes, exactly.

        Raises:
            OSError: there are fewer.
        """
        found: list[bytes] = []
        while count:
            if self._packed.eof or (more := self._rest or next(self._morsels, None)) is None:
                raise OSError("too few rows")
            found.append(self._packed.decompress(more, count))
            self._rest = self._packed.unconsumed_tail
            count -= len(found[-1])
        return b"".join(found)


def _morsels(essence: Essence) -> Iterator[memoryview]:
    """The contents of the IDAT chunks, a little at a time."""
    for whole in essence.parts:
        part = memoryview(whole)
        if part[4:8] == IDAT:
            if zlib.crc32(part[4:-4]) != int.from_bytes(part[-4:], "big"):
                raise OSError("a wrong checksum")
            body = part[8:-4]
            yield from (body[at : at + MORSEL] for at in range(0, len(body), MORSEL))
