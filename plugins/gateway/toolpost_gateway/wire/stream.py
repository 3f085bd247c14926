"""A response that grows while the model answers, and never looks complete if it is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from toolpost.kit import REQUEST_ID
from toolpost_gateway.talk import Emit, Event, Outcome
from toolpost_gateway.wire.encoding import BEAT
from toolpost_gateway.wire.faults import Fault, fault_of

# Seconds of silence after which a comment is sent; proxies cut what is idle for 30 to 60.
PATIENCE = 15.0
# `x-accel-buffering` is what keeps nginx from holding events back.
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}

Work = Callable[[Emit], Awaitable[Outcome]]


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

    def __init__(self, voice: Voice, work: Work, model: str, patience: float = PATIENCE) -> None:
        super().__init__(headers=HEADERS)
        self._voice, self._work, self._model, self._patience = voice, work, model, patience
        self._lock = anyio.Lock(fast_acquire=True)
        self._has_begun = False
        self._told_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        self._told_at = anyio.current_time()
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
        try:
            outcome = await self._work(self._emit)
            last = await self._voice.ended(outcome)
            await self._tell(lambda: last, is_last=True)
        except Exception as error:
            fault = fault_of(error, reference, self._model)
            if self._has_begun:
                await self._tell(lambda: self._voice.broke(fault, reference), is_last=True)
            return fault
        return None

    async def _emit(self, event: Event) -> None:
        await self._tell(lambda: self._voice.heard(event))

    async def _tell(self, words: Callable[[], bytes], *, is_last: bool = False) -> None:
        # Tools that run at once tell of themselves at once; each event is numbered and sent in one go.
        async with self._lock:
            said = words()
            if said or is_last:
                await self._write(said, is_last)

    async def _write(self, said: bytes, is_last: bool = False) -> None:
        if not self._has_begun:
            self._has_begun = True
            await self._send({"type": "http.response.start", "status": 200, "headers": self._head()})
            said = self._voice.begun() + said
        await self._send({"type": "http.response.body", "body": said, "more_body": not is_last})
        self._told_at = anyio.current_time()

    def _head(self) -> Iterable[Any]:
        return [(name, value) for name, value in self.raw_headers if name != b"content-length"]

    async def _beat(self) -> None:
        """Show that the work goes on while there is nothing to tell of it."""
        while True:
            await anyio.sleep_until(self._told_at + self._patience)
            if anyio.current_time() >= self._told_at + self._patience:
                async with self._lock:
                    await self._write(BEAT)
