"""Lifespans of plugins, each held open in a task of its own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.abc import TaskGroup

from toolpost.cancellation import is_real

# Seconds that a plugin has to open what it holds, while all others wait.
OPENING = 10.0
Lifespan = AbstractAsyncContextManager[object]
Failed = Callable[[str, BaseException], None]


@dataclass(eq=False)
class Held:
    """One open lifespan: asked to close, and closed."""

    name: str
    failed: bool = False
    settled: anyio.Event = field(default_factory=anyio.Event)
    closing: anyio.Event = field(default_factory=anyio.Event)
    closed: anyio.Event = field(default_factory=anyio.Event)


class Lifespans:
    """Opens lifespans in order and closes them in reverse.

    A lifespan often is a task group, and when a task in one fails, the group
    cancels whoever holds it open. That is a task here, and not the host.
    """

    def __init__(self) -> None:
        self._held: list[Held] = []
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup | None = None

    async def open(self, lifespans: Iterable[tuple[str, Lifespan]], failed: Failed) -> list[Held]:
        """Open them all; `failed` is told the name and the exception of each that fails, now or later.

        If this is cancelled, none of these stays open.
        """
        opened: list[Held] = []
        first = self._tasks is None
        try:
            if self._tasks is None:
                self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
            for name, lifespan in lifespans:
                if held := await self._enter(self._tasks, name, lifespan, failed):
                    opened.append(held)
                    self._held.append(held)
        except BaseException:
            # The first time, this is what makes the host stand: then it is over.
            await (self.aclose() if first else self.close(opened))
            raise
        return opened

    def held(self) -> list[Held]:
        """Those that are open."""
        return list(self._held)

    async def close(self, helds: Sequence[Held]) -> None:
        """Close some, the last opened first; if this is cancelled, they close by themselves."""
        waiting = list(helds)
        try:
            while waiting:
                waiting[-1].closing.set()
                await waiting[-1].closed.wait()
                self._forget(waiting.pop())
        finally:
            for held in waiting:
                held.closing.set()
                self._forget(held)

    def later(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do something beside, which ends with the host."""
        if self._tasks is not None:
            self._tasks.start_soon(work)

    async def aclose(self) -> None:
        """Close those that are open."""
        try:
            await self.close(self.held())
        finally:
            tasks, self._tasks = self._tasks, None
            if tasks is not None:
                tasks.cancel_scope.cancel()
            await self._stack.aclose()

    def _forget(self, held: Held) -> None:
        if held in self._held:
            self._held.remove(held)

    async def _enter(self, tasks: TaskGroup, name: str, lifespan: Lifespan, failed: Failed) -> Held | None:
        held, scope = Held(name), anyio.CancelScope()

        async def hold() -> None:
            try:
                with scope:
                    async with lifespan:
                        held.settled.set()
                        await held.closing.wait()
            except BaseException as error:
                if is_real(error):
                    raise
                held.failed = True
                failed(name, error)
            finally:
                held.settled.set()
                held.closed.set()

        tasks.start_soon(hold)
        try:
            with anyio.move_on_after(OPENING):
                await held.settled.wait()
        except BaseException:
            scope.cancel()
            raise
        if held.settled.is_set():
            return held
        scope.cancel()
        failed(name, TimeoutError(f"it does not open within {OPENING:g} s"))
        return None
