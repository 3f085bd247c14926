"""Server-sent events that may each be many megabytes, as partial and finished pictures are."""

from __future__ import annotations


class Events:
    """Takes a stream in pieces and gives the data of each event (WHATWG HTML, 9.2.6) once it is whole.

    Only the data matters here. Every byte is looked at once, whatever the
    size of the pieces.
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        """The events that this piece completes."""
        *ends, rest = piece.split(b"\n")
        done: list[bytes] = []
        for end in ends:
            self._line += end
            self._take(bytes(self._line).removesuffix(b"\r"), done)
            self._line.clear()
        self._line += rest
        return done

    def end(self) -> list[bytes]:
        """An event whose blank line never came; one that was cut shows as broken JSON."""
        return self.feed(b"\n\n")

    def _take(self, line: bytes, done: list[bytes]) -> None:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            done.append(b"\n".join(self._data))
            self._data.clear()
