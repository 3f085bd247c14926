"""Lifespans of plugins, each held open in a task of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import anyio
from anyio.abc import TaskGroup

from toolpost.cancellation import is_real

# Seconds that a plugin has to open what it holds, while all others wait.
OPENING = 10.0
Lifespan = AbstractAsyncContextManager[object]


class Lifespans:
    """Opens lifespans in order and closes them in reverse.

    A lifespan often is a task group, and when a task in one fails, the group
    cancels whoever holds it open. That is a task here, and not the host.
    `failed` is told the name and the exception.
    """

    def __init__(self, failed: Callable[[str, BaseException], None]) -> None:
        self._failed = failed
        self._open = AsyncExitStack()

    async def open(self, lifespans: Iterable[tuple[str, Lifespan]]) -> None:
        """Open them all, or learn which fail; if this is cancelled, none stays open."""
        try:
            tasks = await self._open.enter_async_context(anyio.create_task_group())
            for name, lifespan in lifespans:
                await self._enter(tasks, name, lifespan)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Close those that are open."""
        await self._open.aclose()

    async def _enter(self, tasks: TaskGroup, name: str, lifespan: Lifespan) -> None:
        settled, closing, closed = anyio.Event(), anyio.Event(), anyio.Event()
        scope = anyio.CancelScope()

        async def hold() -> None:
            try:
                with scope:
                    async with lifespan:
                        settled.set()
                        await closing.wait()
            except BaseException as error:
                if is_real(error):
                    raise
                self._failed(name, error)
            finally:
                settled.set()
                closed.set()

        async def close() -> None:
            closing.set()
            await closed.wait()

        tasks.start_soon(hold)
        with anyio.move_on_after(OPENING):
            await settled.wait()
        if settled.is_set():
            self._open.push_async_callback(close)
        else:
            scope.cancel()
            self._failed(name, TimeoutError(f"it does not open within {OPENING:g} s"))
