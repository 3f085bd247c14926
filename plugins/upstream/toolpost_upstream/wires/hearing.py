"""What a server of the older era says unasked over HTTP: a stream of its own, as long as the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

from toolpost_upstream.wires.events import Events
from toolpost_upstream.wires.flood import Flood, Meter
from toolpost_upstream.wires.reply import pieces
from toolpost_upstream.wires.wire import Absent, Denied, WireError, message_of

if TYPE_CHECKING:
    from toolpost_upstream.wires.http import Http

# Seconds between two attempts to hear, and how many of them in a row may fail.
AGAIN, TRIES = 1.0, 3


async def hear(wire: Http) -> None:
    """Hear, until the server has no such stream, or has gone: then the wire fails."""
    seen, row, meter = "", 0, Meter(wire.bounds.messages)
    while row < TRIES:
        reply = None
        try:
            wire.hearing = reply = await wire.get(seen)
            row = 0
            events = Events(wire.bounds.message_bytes)
            async for piece in pieces(reply):
                for event in events.feed(piece):
                    seen = event.seen or seen
                    await _unasked(wire, event.data)
                    if wait := meter.add(len(event.data)):
                        await anyio.sleep(wait)
                await meter.pause(events.noise())
                # What has come already is taken without waiting, and others want to get on.
                await anyio.lowlevel.checkpoint()
        except Denied:
            wire.hears = False
            return
        except WireError as failure:
            row += 1
            if row >= TRIES or isinstance(failure, Absent | Flood):
                wire.fail(failure)
                return
        finally:
            wire.hearing = None
            if reply is not None:
                reply.drop()
        await anyio.sleep(AGAIN * (row + 1))


async def _unasked(wire: Http, data: bytes) -> None:
    message = message_of(data)
    if message is None or not isinstance(message.get("method"), str):
        return
    if (answer := wire.pending.pass_on(message, len(data), wire.heard)) is not None:
        await wire.tell(answer)
