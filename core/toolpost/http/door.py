"""The transport of one connection, which is not shut in the face of a client that still talks."""

from __future__ import annotations

import asyncio


class Door:
    """A transport whose `close` lingers while a request is half-read.

    Where unread bytes wait, closing a socket resets it, and the client may
    never see the answer that says why (RFC 9112, section 9.6). So our side is
    closed first, and what still comes is read and dropped until the client
    ends or `shut` is called.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.is_amid = False
        self.lingers = False
        self._holds = False
        self._held = b""
        # As uvicorn asks for them, without a step between.
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.abort = transport.abort

    def hold(self) -> None:
        """Keep what is written next for what is written after it: a head and its body are one packet then."""
        self._holds = True

    def write(self, data: bytes) -> None:
        """Write, unless our side is closed."""
        if self.lingers:
            return
        if self._holds:
            self._holds, self._held = False, data
            return
        if self._held:
            data, self._held = self._held + data, b""
        self.transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing more is to be said."""
        return self.lingers or self.transport.is_closing()

    def close(self) -> None:
        """Close what is ours, and all of it where the client is not in the middle of something."""
        if self.is_closing():
            return
        if self._held:
            self.write(b"")
        if not self.is_amid:
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.lingers = True
        self.resume_reading()

    def shut(self) -> None:
        """Close it now; what was written before still goes out."""
        self.transport.close()
