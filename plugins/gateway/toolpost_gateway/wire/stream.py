"""A response that grows while the model answers, and never looks complete if it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any, Protocol

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from toolpost.kit import REQUEST_ID
from toolpost_gateway.talk import Began, Emit, Event, Outcome
from toolpost_gateway.wire.encoding import BEAT
from toolpost_gateway.wire.faults import Fault, fault_of

# Seconds of silence after which a comment is sent; proxies cut what is idle for 30 to 60.
PATIENCE = 15.0
# In the message that begins a response: what comes next comes at once, and may go out with it.
TOGETHER = "toolpost.together"
# `x-accel-buffering` is what keeps nginx from holding events back.
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}

Work = Callable[[Emit], Awaitable[Outcome]]


class Listening:
    """Hears what happens; `has_worked` when a tool was called, so that the same request would call it twice."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.has_worked = False

    async def __call__(self, event: Event) -> None:
        """Pass an event on."""
        self.has_worked |= type(event) is Began
        await self._emit(event)

    def fault(self, error: Exception, reference: str) -> Fault:
        """The fault that an error is, after what has happened."""
        fault = fault_of(error, reference)
        fault.is_final |= self.has_worked
        return fault


class Voice(Protocol):
    """What tells of an answer in the words of one API."""

    def begun(self) -> bytes:
        """What comes before all else."""
        ...

    def heard(self, event: Event) -> bytes:
        """What an event is in these words; nothing, if they have none for it."""
        ...

    async def ended(self, outcome: Outcome) -> bytes:
        """The end of a complete answer."""
        ...

    def broke(self, fault: Fault, reference: str) -> bytes:
        """The end of one that is not complete."""
        ...


class Stream(Response):
    """Does the work and tells of it; what fails before anything was told is an ordinary error.

    The client's leaving cancels all of it: nothing here catches that.
    """

    media_type = "text/event-stream"

    def __init__(self, voice: Voice, work: Work, patience: float = PATIENCE) -> None:
        super().__init__(headers=HEADERS)
        self._voice, self._work, self._patience = voice, work, patience
        self._has_begun = self._is_writing = False
        self._told_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        self._told_at = monotonic()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._beat)
            try:
                fault = await self._answer(scope[REQUEST_ID])
            finally:
                tasks.cancel_scope.cancel()
        if fault is not None and not self._has_begun:
            await fault.response(scope[REQUEST_ID])(scope, receive, send)

    async def _answer(self, reference: str) -> Fault | None:
        """What went wrong, if anything did."""
        emit = Listening(self._emit)
        try:
            outcome = await self._work(emit)
            await self._write(await self._voice.ended(outcome), is_last=True)
        except Exception as error:
            fault = emit.fault(error, reference)
            if self._has_begun:
                await self._write(self._voice.broke(fault, reference), is_last=True)
            return fault
        return None

    async def _emit(self, event: Event) -> None:
        # The loop tells of one event after the other, so that each is numbered and sent in one go.
        if said := self._voice.heard(event):
            await self._write(said)

    async def _write(self, said: bytes, *, is_last: bool = False) -> None:
        self._is_writing = True
        if not self._has_begun:
            self._has_begun = True
            await self._send({"type": "http.response.start", "status": 200, "headers": self._head(), TOGETHER: True})
            said = self._voice.begun() + said
        await self._send({"type": "http.response.body", "body": said, "more_body": not is_last})
        self._is_writing, self._told_at = False, monotonic()

    def _head(self) -> Iterable[Any]:
        return [(name, value) for name, value in self.raw_headers if name != b"content-length"]

    async def _beat(self) -> None:
        """Show that the work goes on while there is nothing to tell of it."""
        while True:
            await anyio.sleep(max(0.0, self._told_at + self._patience - monotonic()))
            if self._is_writing:
                # The client does not read; it knows that we are there.
                self._told_at = monotonic()
            elif monotonic() >= self._told_at + self._patience:
                await self._write(BEAT)
