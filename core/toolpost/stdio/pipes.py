"""One client at the other end of two descriptors, and what it is still owed."""

from __future__ import annotations

import anyio
from mcp.shared.dispatcher import coerce_request_id

from toolpost.descriptors import Wire
from toolpost.stdio.reader import PipeReader
from toolpost.stdio.writer import PipeWriter


class Pipes:
    """Both directions, and what they share: which requests are not answered yet.

    `grace` is how many seconds those get once nothing more is read; `ended`
    is set at that moment.
    """

    def __init__(self, wire: Wire, line_bytes: int, grace: float) -> None:
        self.writer = PipeWriter(wire.write, self)
        self.reader = PipeReader(wire.read, self, line_bytes)
        self.grace = grace
        self.pending: set[str | int] = set()
        self.ended = anyio.Event()
        self._idle = anyio.Event()

    def stop(self, grace: float) -> None:
        """Read no more: what is under way has `grace` seconds to be answered."""
        self.grace = grace
        self.reader.stop()

    def hang_up(self) -> None:
        """The client has gone: nothing is owed to it any more."""
        self.pending.clear()
        self._idle.set()
        self.stop(grace=0)

    def expect(self, request: str | int) -> bool:
        """Note a request; False if one of the same id is still under way."""
        key = coerce_request_id(request)
        if key in self.pending:
            return False
        self.pending.add(key)
        return True

    def settle(self, request: object) -> None:
        """A request was answered, or will never be."""
        if isinstance(request, str | int):
            self.pending.discard(coerce_request_id(request))
        if not self.pending:
            self._idle.set()

    async def drain(self) -> None:
        """Wait until everything is answered, or time is up."""
        self.ended.set()
        with anyio.move_on_after(self.grace):
            while self.pending:
                self._idle = anyio.Event()
                await self._idle.wait()
