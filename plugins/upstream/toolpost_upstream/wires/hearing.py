"""What a server of the older era says unasked over HTTP: a stream of its own, as long as the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from pydantic_core import from_json

from toolpost_upstream.wires.events import Events
from toolpost_upstream.wires.flood import Meter
from toolpost_upstream.wires.wire import Denied, JSONObject, Unsent, WireError, error, result

if TYPE_CHECKING:
    from toolpost_upstream.wires.http import Http

# Seconds between two attempts to hear, and how many of them in a row may fail.
AGAIN, TRIES = 1.0, 3
INVALID_REQUEST = -32600


async def hear(wire: Http) -> None:
    """Hear, until the server has no such stream, or has gone: then the wire fails."""
    seen, row, meter = "", 0, Meter(wire.bounds.messages)
    while row < TRIES:
        try:
            reply = await wire.get(seen)
            row = 0
            events = Events(wire.bounds.message_bytes)
            async for piece in reply.pieces:
                for event in events.feed(piece):
                    seen = event.seen or seen
                    await _unasked(wire, event.data)
                    if wait := meter.add(len(event.data)):
                        await anyio.sleep(wait)
        except Denied:
            return
        except WireError as failure:
            row += 1
            if row >= TRIES or (isinstance(failure, Unsent) and failure.retry_after is None):
                wire.fail(failure)
                return
        await anyio.sleep(AGAIN * (row + 1))


def message_of(data: bytes) -> JSONObject | None:
    """A message of the protocol; None for anything else."""
    try:
        found = from_json(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("jsonrpc") == "2.0" else None


async def _unasked(wire: Http, data: bytes) -> None:
    message = message_of(data)
    if message is None or not isinstance(message.get("method"), str):
        return
    if (number := message.get("id")) is None:
        wire.heard(message)
        return
    text = "nobody knows whose call this is about; ask on the stream of that call"
    no = error(number, INVALID_REQUEST, text)
    await wire.tell(result(number, {}) if message["method"] == "ping" else no)
