"""From one event loop to another, each in a thread of its own, without either ever waiting for the other to run."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar

import anyio
from anyio.abc import TaskGroup

from toolpost.errors import Unavailable

Answer = TypeVar("Answer")


class Loop:
    """An event loop as other threads see it: `post` has it do something soon."""

    def __init__(self) -> None:
        self.is_over = False
        self._posted: deque[Callable[[], object]] = deque()
        self._errands: set[_Errand[Any]] = set()
        self._seen, self._waking = socket.socketpair()
        for end in (self._seen, self._waking):
            end.setblocking(False)
        self._tasks: TaskGroup | None = None

    def post(self, what: Callable[[], object]) -> None:
        """Do this there, from any thread; nothing, once that loop is over."""
        self._posted.append(what)
        with suppress(OSError):  # it is full, and so will be seen; or it is over
            self._waking.send(b"!")

    def start(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a task, in that loop alone."""
        if self._tasks is not None:
            self._tasks.start_soon(work)

    async def run(self) -> None:
        """Do what is posted, for ever."""
        try:
            async with anyio.create_task_group() as self._tasks:
                while True:
                    while self._posted:
                        self._posted.popleft()()
                    await anyio.wait_readable(self._seen)
                    with suppress(BlockingIOError):
                        self._seen.recv(4096)
        finally:
            self._tasks = None

    def end(self) -> None:
        """It does nothing more: whoever waits for it is told."""
        self.is_over = True
        for errand in list(self._errands):
            errand.here.post(errand.done.set)

    def forsake(self) -> None:
        """The same from the loop of those who wait, which is ending itself."""
        self.is_over = True
        for errand in list(self._errands):
            errand.done.set()

    def close(self) -> None:
        """Let go of what wakes it; `run` is over."""
        self._seen.close()
        self._waking.close()

    @contextmanager
    def expecting(self, errand: _Errand[Any]) -> Iterator[None]:
        """Within the block, somebody waits for what this loop is to do."""
        self._errands.add(errand)
        try:
            yield
        finally:
            self._errands.discard(errand)


async def across(here: Loop, there: Loop, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `work` gives, run in another loop; a cancellation goes there, and what is raised there comes here.

    Raises:
        Unavailable: that loop is over before it has begun.
    """
    errand = _Errand(here, there, work)
    if there.is_over:
        raise Unavailable("the thread that would do this has ended")
    with there.expecting(errand):
        there.post(errand.begin)
        try:
            await errand.done.wait()
        except BaseException:
            there.post(errand.scope.cancel)
            raise
    return errand.outcome()


class _Errand(Generic[Answer]):
    def __init__(self, here: Loop, there: Loop, work: Callable[[], Awaitable[Answer]]) -> None:
        self.here, self._there, self._work = here, there, work
        self.done, self.scope = anyio.Event(), _Scope()
        self._values: list[Answer] = []
        self._error: BaseException = Unavailable("the thread that does this has ended")

    def begin(self) -> None:
        self._there.start(self._run)

    async def _run(self) -> None:
        try:
            with self.scope.enter():
                self._values.append(await self._work())
        except BaseException as error:
            self._error = error
        self.here.post(self.done.set)

    def outcome(self) -> Answer:
        for value in self._values:
            return value
        raise self._error


class _Scope:
    """A cancel scope that is made in the loop where it is entered."""

    def __init__(self) -> None:
        self._scope: anyio.CancelScope | None = None
        self._is_cancelled = False

    def enter(self) -> anyio.CancelScope:
        self._scope = anyio.CancelScope()
        if self._is_cancelled:
            self._scope.cancel()
        return self._scope

    def cancel(self) -> None:
        self._is_cancelled = True
        if self._scope is not None:
            self._scope.cancel()
