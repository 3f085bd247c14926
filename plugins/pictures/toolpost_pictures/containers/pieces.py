"""A file made of parts of another, without a copy of them: a second copy of a large one takes 50 MB."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Pieces(io.RawIOBase):
    """Reads parts one after the other."""

    def __init__(self, parts: Sequence[memoryview]) -> None:
        self._parts = parts
        self._starts = [0, *accumulate(map(len, parts))]
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, self._starts[-1])
        self._at = max(0, origin + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as the part that is reached goes."""
        if self._at >= self._starts[-1]:
            return 0
        number = bisect_right(self._starts, self._at) - 1
        start = self._at - self._starts[number]
        into = memoryview(buffer).cast("B")
        found = self._parts[number][start : start + len(into)]
        into[: len(found)] = found
        self._at += len(found)
        return len(found)
