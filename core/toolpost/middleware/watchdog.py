"""The `watchdog` plugin: says which call holds up all others, and ends it when its time is over."""

from __future__ import annotations

import logging
import math
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import Annotated, Any

import anyio
from pydantic import Field

from toolpost.errors import ToolError
from toolpost.hookspecs import hookimpl
from toolpost.overview import Overview
from toolpost.tools.call import ToolCall
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost.watchdog")

# Seconds after a call's time is over at which it is interrupted; what ends by itself has ended then.
LATE = 0.5
# Frames that are looked at, which is more than the onion has.
FRAMES = 2000


class Stopped(BaseException):
    """Ends a call that has caught the error that was to end it."""


@dataclass
class Watchdog:
    """Watches the event loop from a thread of its own.

    An async function that does not await holds up every other call. After
    `seconds` of that the log says where, except while the host opens or
    closes, when nobody waits for an answer. It is interrupted when the time of
    its call is over, or after `longest` seconds if that is not 0; a function
    that is busy outside Python only when it returns.
    """

    overview: Overview | None = None
    seconds: Annotated[float, Field(gt=0)] = 1.0
    longest: Annotated[float, Field(ge=0)] = 0.0

    def __post_init__(self) -> None:
        self._beat = self._offset = 0.0
        self._target: ToolCall | None = None
        self._tries = 0

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Watch while the host runs."""
        stop, thread = threading.Event(), threading.get_ident()
        self._live()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._go_on)
            with _handling(self._interrupted) as can_interrupt:
                watching = threading.Thread(
                    target=self._watch, args=(stop, thread, can_interrupt), name="toolpost watchdog", daemon=True
                )
                watching.start()
                try:
                    yield
                finally:
                    stop.set()
                    tasks.cancel_scope.cancel()

    def _live(self) -> None:
        self._beat = monotonic()
        # Deadlines are in the loop's own time.
        self._offset = anyio.current_time() - self._beat

    async def _go_on(self) -> None:
        while True:
            self._live()
            await anyio.sleep(self.seconds / 4)

    def _watch(self, stop: threading.Event, thread: int, can_interrupt: bool) -> None:
        told, opened, step = 0.0, 0.0, self.seconds / 4
        while True:
            slept = monotonic()
            if stop.wait(step):
                return
            now, beat = monotonic(), self._beat
            if not self._is_open:
                told, opened = 0.0, now
                continue
            beat = max(beat, opened)
            if now - slept > step + self.seconds:
                # The whole process stood still, and not the loop alone.
                continue
            if now - beat < self.seconds:
                told = self._over(told)
                continue
            frame = sys._current_frames().get(thread)
            call = running(frame)
            if not told:
                told = beat
                log.warning("%s", _sentence(now - beat, call, frame))
            if can_interrupt and call is not None and self._is_due(call, now, beat):
                self._target = call
                signal.pthread_kill(thread, signal.SIGURG)

    @property
    def _is_open(self) -> bool:
        return self.overview is None or self.overview.is_open

    def _over(self, told: float) -> float:
        if told:
            log.warning("the event loop runs again, after %.1f s", self._beat - told)
        self._target, self._tries = None, 0
        return 0.0

    def _is_due(self, call: ToolCall, now: float, beat: float) -> bool:
        longest = self.longest or math.inf
        return now + self._offset > call.context.deadline + LATE or now - beat > longest

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        """In the loop's own thread, within whatever runs there: only in that very call something is raised."""
        call = running(frame)
        if call is None or call is not self._target:
            return
        self._tries += 1
        if self._tries > 1:
            raise Stopped
        raise ToolError(f"{call.tool.name} held up all other calls, and was stopped when its time was over")


def running(frame: FrameType | None) -> ToolCall | None:
    """The call whose tool is running, from where its thread is now."""
    for inner in _frames(frame):
        if inner.f_code is Tool.answer.__code__:
            found: Any = inner.f_locals.get("call")
            return found if isinstance(found, ToolCall) else None
    return None


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    for _ in range(FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _sentence(seconds: float, call: ToolCall | None, frame: FrameType | None) -> str:
    place = f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}" if frame else "an unknown place"
    if call is None:
        return f"the event loop has been blocked for {seconds:.1f} s, at {place}"
    return (
        f"call {call.context.call_id}: {call.tool.name} of plugin {call.tool.plugin!r} has blocked the event loop for "
        f'{seconds:.1f} s, at {place}; make it a plain function, or set isolation = "thread" for its plugin'
    )


@contextmanager
def _handling(handler: Any) -> Iterator[bool]:
    """Have this handle the signal that interrupts, where there is one, nobody else has it, and this is its thread."""
    number = getattr(signal, "SIGURG", None)
    if number is None or threading.current_thread() is not threading.main_thread():
        yield False
        return
    before = signal.getsignal(number)
    if before not in (signal.SIG_DFL, signal.SIG_IGN, None):
        yield False
        return
    signal.signal(number, handler)
    try:
        yield True
    finally:
        signal.signal(number, before)
