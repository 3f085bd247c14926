"""An answer as a stream of events (HTML Living Standard, server-sent events), which ends when its reader leaves."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from toolpost import ToolError, UnknownTool
from toolpost.kit import REQUEST_ID, account
from toolpost_gateway.sessions.account import kept_of
from toolpost_gateway.talk import Advanced, Began, Ended, Event, Refusal, Text, Thought
from toolpost_gateway.web.faults import fault

log = logging.getLogger("toolpost.gateway")
# Seconds of silence after which a comment shows that the connection is alive; proxies close at 60.
PULSE = 15.0
HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


@dataclass
class Stream:
    """Where events go, one whole event at a time."""

    send: Send
    _one: anyio.Lock = field(default_factory=anyio.Lock)

    async def tell(self, name: str, told: Mapping[str, Any]) -> None:
        """Send an event."""
        await self._put(b"event: %b\ndata: %b\n\n" % (name.encode(), to_json(told, inf_nan_mode="null")))

    async def hear(self, event: Event) -> None:
        """Pass on what happens in a turn."""
        if (known := _told(event)) is not None:
            await self.tell(*known)

    async def pulse(self) -> None:
        """Show now and then that somebody is here."""
        while True:
            await anyio.sleep(PULSE)
            await self._put(b": still here\n\n")

    async def _put(self, body: bytes) -> None:
        async with self._one:
            await self.send({"type": "http.response.body", "body": body, "more_body": True})


class Streamed(Response):
    """Runs `work` with a stream to its reader; what it raises of ours becomes the event `error`."""

    media_type = "text/event-stream"

    def __init__(self, work: Callable[[Stream], Awaitable[None]]) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        stream = Stream(send)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.pulse)
            await self._run(stream, scope[REQUEST_ID])
            tasks.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _run(self, stream: Stream, reference: str) -> None:
        try:
            await self._work(stream)
        except (ToolError, UnknownTool) as error:
            found = fault(error)
            await stream.tell("error", _failure(found.text, found.kind, found.after))
        except Exception as error:
            log.error("request %s crashed\n%s", reference, "\n".join(account(error)))
            await stream.tell("error", _failure(f"this failed unexpectedly (reference {reference})", "server_error"))


def _failure(message: str, kind: str, retry_after: float | None = None) -> dict[str, Any]:
    return {"message": message, "type": kind, "retry_after": retry_after}


def _told(event: Event) -> tuple[str, dict[str, Any]] | None:
    match event:
        case Text(text):
            return "text", {"text": text}
        case Refusal(text):
            return "refusal", {"text": text}
        case Thought(text):
            return "thought", {"text": text}
        case Began(id, tool, label, arguments, title):
            return "tool_began", {"id": id, "tool": tool, "label": label, "title": title, "arguments": arguments}
        case Advanced(id, done, total, message):
            return "tool_advanced", {"id": id, "done": done, "total": total, "message": message}
        case Ended(id):
            return "tool_ended", {"id": id, **kept_of(event)}
    return None
