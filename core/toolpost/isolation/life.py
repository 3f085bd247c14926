"""The thread of a plugin, from its beginning to its end, beside the host's own loop."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from toolpost.crash import account
from toolpost.errors import PluginError
from toolpost.isolation.beside import Home
from toolpost.isolation.crossing import Loop
from toolpost.lifespans import Lifespans
from toolpost.loops import options
from toolpost.plugins.registry import Registry

log = logging.getLogger("toolpost.isolation")

# Seconds that a plugin has to close what it holds open; after that its thread is left to itself.
CLOSING = 2.0


@asynccontextmanager
async def life(name: str, registry: Registry, home: Home) -> AsyncIterator[None]:
    """Have the thread run, with all that the plugin holds open; if that fails, so does this."""
    here, there = home.here, home.there = Loop(), Loop()
    thread = _Thread(name, registry, here, there)
    backend = "trio" if anyio.get_cancelled_exc_class().__module__.startswith("trio") else "asyncio"
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(here.run)
            tasks.start_soon(thread.fail)
            threading.Thread(target=thread.run, args=(backend,), name=f"plugin {name}", daemon=True).start()
            try:
                await thread.opened.wait()
                yield
            finally:
                with anyio.move_on_after(CLOSING, shield=True):
                    there.post(lambda: thread.stop())
                    await thread.closed.wait()
                here.end()
                there.forsake()
                tasks.cancel_scope.cancel()
    finally:
        here.close()


class _Thread:
    def __init__(self, name: str, registry: Registry, here: Loop, there: Loop) -> None:
        self._name, self._registry, self._here, self._there = name, registry, here, there
        self.opened, self.closed, self._failed = anyio.Event(), anyio.Event(), anyio.Event()
        self._error: BaseException | None = None
        self.stop: Callable[[], None] = lambda: None

    async def fail(self) -> None:
        """Raise here what is wrong there."""
        await self._failed.wait()
        if self._error is not None:
            raise self._error

    def run(self, backend: str) -> None:
        """All that the thread does."""
        try:
            anyio.run(self._hold, backend=backend, backend_options=options(backend))
        except BaseException as error:
            log.error("the thread of plugin %r failed\n%s", self._name, "\n".join(account(error)))
            self._fails(self._name, PluginError("its thread has ended"))
        finally:
            self._there.end()
            self._there.close()
            self._here.post(self.closed.set)

    async def _hold(self) -> None:
        stop, lifespans = anyio.Event(), Lifespans()
        self.stop = stop.set
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._there.run)
            await lifespans.open(self._registry.lifespans(), self._fails)
            self._here.post(self.opened.set)
            await stop.wait()
            await lifespans.aclose()
            tasks.cancel_scope.cancel()

    def _fails(self, name: str, error: BaseException) -> None:
        self._error = self._error or error
        self._here.post(self._failed.set)
