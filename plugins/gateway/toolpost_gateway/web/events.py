"""An answer as a stream of events (HTML Living Standard, server-sent events), which ends when its reader leaves."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
from pydantic_core import to_json
from starlette.responses import Response

from toolpost import ToolError, UnknownTool
from toolpost_gateway.talk import Advanced, Began, Ended, Event, Refusal, Text, Thought

log = logging.getLogger("toolpost.gateway")
# Seconds of silence after which a comment shows that the connection is alive; proxies close at 60.
PULSE = 15.0
# Characters of a tool's answer that a stream shows; the transcript keeps as many.
EXCERPT = 2000
HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


@dataclass
class Stream:
    """Where events go, one whole event at a time."""

    send: Callable[[Mapping[str, Any]], Awaitable[None]]
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

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        stream = Stream(send)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stream.pulse)
            await self._run(stream, scope)
            tasks.cancel_scope.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _run(self, stream: Stream, scope: Any) -> None:
        try:
            await self._work(stream)
        except (ToolError, UnknownTool) as error:
            after = getattr(error, "retry_after", None)
            await stream.tell("error", _failure(str(error), type(error).__name__.lower(), after))
        except Exception as error:
            reference = scope.get("toolpost.request_id")
            log.error("request %s broke off: %s", reference, type(error).__name__)
            await stream.tell("error", _failure(f"this failed unexpectedly (reference {reference})", "crash"))


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
        case Ended(id, tool, text, is_error, seconds, pictures):
            shown = [{"title": title, "url": url} for title, url in pictures]
            told = {"id": id, "tool": tool, "text": text[:EXCERPT], "is_error": is_error}
            return "tool_ended", {**told, "seconds": round(seconds, 3), "pictures": shown}
    return None
