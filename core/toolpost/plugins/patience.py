"""Plugins that would take for ever to start."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from types import FrameType, TracebackType
from typing import Any

from toolpost.errors import PluginError

# Seconds for the import of a plugin, for building it, and for each of its hooks.
LONGEST = 10.0
# Seconds after which it is told once more: an `except` around an import may swallow the first time.
AGAIN = 1.0


@contextmanager
def bounded(what: str, seconds: float | None = None) -> Iterator[None]:
    """What runs inside ends after so long, even if it sleeps; beside the main thread, once it runs Python again.

    Raises:
        PluginError: it took too long.
    """
    limit, process = LONGEST if seconds is None else seconds, os.getpid()
    late = PluginError(f"{what} took longer than {limit:g} s")
    interrupting = _by_signal if _has_signals() else _by_timer
    try:
        with interrupting(late, limit):
            yield
    finally:
        if os.getpid() != process:
            # A copy of this process that a plugin has made, and that would go on as a second server.
            os._exit(0)


class Opening:
    """A context manager that is opened in time, even if it blocks the event loop instead of awaiting."""

    def __init__(self, held: AbstractAsyncContextManager[object]) -> None:
        self._held = held

    async def __aenter__(self) -> object:
        if not _has_signals():  # an interruption from another thread might meet anybody
            return await self._held.__aenter__()
        # Whoever awaits is cancelled before.
        with bounded("opening what it holds", LONGEST + AGAIN):
            return await self._held.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._held.__aexit__(kind, error, trace)


def _has_signals() -> bool:
    return sys.platform != "win32" and threading.current_thread() is threading.main_thread()


@contextmanager
def _by_signal(late: PluginError, limit: float) -> Iterator[None]:
    own, told = _caller(), 0

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal told
        if not _is_below(frame, own):
            # What awaits inside has let others run, who are not late.
            signal.setitimer(signal.ITIMER_REAL, AGAIN)
            return
        told += 1
        if told > 1:
            _raise_everywhere(frame, own, late)
        # Only now, or on a busy machine this would itself be interrupted, for ever.
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
        raise late

    before, tracing = signal.signal(signal.SIGALRM, interrupt), sys.gettrace()
    timer = signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)
        if told > 1:
            sys.settrace(tracing)


def _caller() -> FrameType | None:
    """The frame that waits, outside of this module."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename in (__file__, contextlib.__file__):
        frame = frame.f_back
    return frame


def _is_below(frame: FrameType | None, own: FrameType | None) -> bool:
    while frame is not None and frame is not own:
        frame = frame.f_back
    return frame is own


def _raise_everywhere(frame: FrameType | None, own: FrameType | None, late: PluginError) -> None:
    """Raise at the next line too, which is in the `except` of whoever swallows what is raised here."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        # Raised for the exception itself it would only take its place, and be swallowed in its stead.
        if event == "line":
            raise late
        return trace

    while frame is not None and frame is not own:
        frame.f_trace = trace
        frame = frame.f_back
    sys.settrace(lambda *_: None)


@contextmanager
def _by_timer(late: PluginError, limit: float) -> Iterator[None]:
    """Where signals do not arrive: raised in this thread as soon as it runs Python, which a `sleep` does not."""
    thread, lock, over = ctypes.c_ulong(threading.get_ident()), threading.Lock(), False

    def interrupt() -> None:
        with lock:
            if not over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(PluginError))

    timer = threading.Timer(limit, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except PluginError as error:
        raise (error if error.args else late) from None
    finally:
        with lock:
            over = True
        timer.cancel()
        # One that is on its way has nobody to arrive at.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
