"""Bytes as they come, cut into lines of bounded length."""

from __future__ import annotations

from collections.abc import Iterator


class Lines:
    """Cuts at line feeds only: U+2028 and its like may stand in a message.

    A line of more than `limit` bytes is never held; it comes out as None as
    soon as it is known to be too long.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._overlong = False

    def feed(self, chunk: bytes) -> Iterator[bytes | None]:
        """The lines that end in this chunk."""
        first, *more = chunk.split(b"\n")
        yield from self._grow(first)
        for part in more:
            yield from self.end()
            yield from self._grow(part)

    def end(self) -> Iterator[bytes]:
        """The line that ends here, whether or not a line feed came."""
        if not self._overlong:
            yield bytes(self._rest)
        self._overlong = False
        self._rest.clear()

    def _grow(self, part: bytes) -> Iterator[None]:
        if self._overlong:
            return
        self._rest += part
        if len(self._rest) > self._limit:
            self._rest.clear()
            self._overlong = True
            yield None
