"""Responses of HTTP/1.1 (RFC 9112), cut out of bytes as they come, as strictly as a client may be."""

from __future__ import annotations

import re

from toolpost_upstream.wires.wire import Lost

STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: |$)")
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
HEAD_BYTES, LINE_BYTES = 65_536, 4096
EMPTY = (204, 304)


class Framing:
    """One response; names of `headers` are in small letters, and `keeps` says whether the connection can go on."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.keeps = self.done = False
        self._rest = bytearray()
        # Bytes of the body or of the chunk that are still to come; None where the end of the connection ends it.
        self._left: int | None = 0
        self._chunked = self._within = self._trailing = False

    def feed(self, data: bytes) -> None:
        """Bytes of the connection; raises `Lost` where these, empty ones, are its end and that is too early."""
        if data:
            self._rest += data
        elif self.status and self._left is None:
            self.done = True
        else:
            raise Lost("broke off" if self.status or self._rest else "broke off before it answered")

    def head(self) -> bool:
        """Whether status and headers are there; raises `Lost` for what is no HTTP."""
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            lines = bytes(self._rest[:end]).split(b"\r\n")
            del self._rest[: end + 4]
            found = STATUS.match(lines[0])
            if found is None:
                raise Lost("sent no HTTP")
            # What is only told before the response proper is passed over.
            if (status := int(found[2])) >= 200:
                self._headed(status, found[1] == b"1", lines[1:])
                return True
        if len(self._rest) > HEAD_BYTES or (self._rest and not b"HTTP/1".startswith(self._rest[:6])):
            raise Lost("sent no HTTP")
        return False

    def take(self) -> bytes:
        """What of the body is there; b"" where more must come, or where `done` says that it is whole."""
        if self._chunked:
            return self._chunks()
        found = bytes(self._rest if self._left is None else self._rest[: self._left])
        del self._rest[: len(found)]
        if self._left is not None:
            self._left -= len(found)
            self._end(self._left == 0)
        return found

    def _headed(self, status: int, is_new: bool, lines: list[bytes]) -> None:
        for line in lines:
            name, colon, value = line.partition(b":")
            if not colon or not NAME.fullmatch(name):
                raise Lost("sent headers that are none")
            key, text = name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")
            if key == "content-length" and self.headers.get(key, text) != text:
                raise Lost("says two lengths")
            self.headers[key] = text
        self.keeps = is_new and self.headers.get("connection", "").lower() != "close"
        self._measure(status)
        self.status = status
        self._end(self._left == 0 and not self._chunked)

    def _measure(self, status: int) -> None:
        length, coding = self.headers.get("content-length"), self.headers.get("transfer-encoding", "").lower()
        if self.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            raise Lost("sent an encoding that was not asked for")
        if status in EMPTY:
            return
        if coding:
            if coding != "chunked" or length is not None:
                raise Lost("frames its answer in a way that nobody knows")
            self._chunked = True
        elif length is None:
            self._left, self.keeps = None, False
        elif length.isascii() and length.isdigit() and len(length) < 16:
            self._left = int(length)
        else:
            raise Lost("says a length that is none")

    def _chunks(self) -> bytes:
        found: list[bytes] = []
        while not self.done:
            if self._within:
                assert self._left is not None
                piece = bytes(self._rest[: self._left])
                del self._rest[: len(piece)]
                self._left -= len(piece)
                found.append(piece)
                if self._left or len(self._rest) < 2:
                    break
                if self._rest[:2] != b"\r\n":
                    raise Lost("sent a chunk of another length than it said")
                del self._rest[:2]
                self._within = False
            elif not self._line():
                break
        return b"".join(found)

    def _line(self) -> bool:
        """Take the line before a chunk, or one after the last; whether there was one."""
        end = self._rest.find(b"\r\n")
        if end < 0 or end > LINE_BYTES:
            if len(self._rest) > LINE_BYTES:
                raise Lost("sent a chunk without a length")
            return False
        line = bytes(self._rest[:end])
        del self._rest[: end + 2]
        if self._trailing:
            self._end(not line)
        elif (found := SIZE.fullmatch(line)) is None:
            raise Lost("sent a chunk without a length")
        else:
            self._left = int(found[1], 16)
            self._within, self._trailing = self._left > 0, self._left == 0
        return True

    def _end(self, whole: bool) -> None:
        if whole:
            self.done = True
            # What comes after a whole response answers nothing that was asked.
            self.keeps = self.keeps and not self._rest
