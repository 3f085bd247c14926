"""The `metrics` layer: its settings, and what it counts of a call."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar

import anyio
import anyio.to_thread
from pydantic import Field

from toolpost.errors import ToolError, Unavailable
from toolpost.hookspecs import hookimpl
from toolpost.middleware.metrics.counters import Counters
from toolpost.middleware.metrics.gauging import Gauges
from toolpost.middleware.metrics.kept import Days
from toolpost.middleware.metrics.outcome import kind_of
from toolpost.middleware.metrics.recorder import Recorder
from toolpost.middleware.metrics.span import describe
from toolpost.store import Store
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult

if TYPE_CHECKING:
    import click

    from toolpost.host import Host
    from toolpost.routes import Route

log = logging.getLogger("toolpost.metrics")
DAY = 86_400.0


@dataclass
class Metrics:
    """Counts every call, by tool and surface, and shows it to Prometheus and to `toolpost stats`.

    `models` and `principals` say how many of each have numbers of their own;
    the rest is `other`. Every `flush` seconds what is new is added to the
    store, where days are kept for `keep_days`; 0 keeps none.
    """

    store: Store | None = None
    models: Annotated[int, Field(ge=0, le=100)] = 8
    principals: Annotated[int, Field(ge=0, le=1000)] = 0
    flush: Annotated[float, Field(ge=0.05, le=3600)] = 5.0
    keep_days: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 400.0
    clock: Callable[[], float] = field(default=time.perf_counter, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)

    # It waits for nothing by itself, so nobody need watch how long it takes.
    patience: ClassVar[None] = None
    content_type: ClassVar[str] = "text/plain; version=0.0.4; charset=utf-8"

    def __post_init__(self) -> None:
        self._recorder = Recorder(self.models, self.principals)
        self._total, self._unkept, self._gauges = Counters(), Counters(), Gauges()
        keeps = self.store is not None and self.keep_days > 0
        self.days = Days(self.store.space("metrics"), self.now, self.keep_days * DAY) if keeps and self.store else None
        self._fails = False

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def routes(self) -> list[Route]:
        from toolpost.middleware.metrics.routes import routes

        return routes(self)

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        from toolpost.middleware.metrics.commands import command

        cli.add_command(command(self))

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Add to the store what is new, now and then and at the end."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_for_ever)
            try:
                yield
            finally:
                tasks.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await self.keep()

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, and count what came of it."""
        recorder, before, clock = self._recorder, len(call.context.notes), self.clock
        recorder.running += 1
        began = clock()
        try:
            result = await call_next(call)
        except BaseException as error:
            meta = error.meta if isinstance(error, ToolError) else {}
            self._count(call, clock() - began, kind_of(error), meta, before)
            raise
        finally:
            recorder.running -= 1
        self._count(call, clock() - began, "error" if result.is_error else "", result.meta, before)
        return result

    def explain(self, call: ToolCall) -> str:
        return "would count the call"

    def render(self, host: Host | None = None) -> bytes:
        """All numbers in Prometheus' text format, with those of the host's plugins."""
        return self._rendering(host)()

    async def scrape(self, host: Host | None = None) -> bytes:
        """As `render`; the milliseconds of writing are spent in a thread."""
        return await anyio.to_thread.run_sync(self._rendering(host))

    def counted(self) -> Counters:
        """All numbers of this process until now."""
        self._absorb()
        return self._total.copy()

    async def keep(self) -> None:
        """Add what is new to the store; what cannot be added waits for the next time."""
        self._absorb()
        if self.days is None or not self._unkept.tallies:
            return
        batch, self._unkept = self._unkept, Counters()
        try:
            await self.days.add(batch)
        except Unavailable as error:
            self._unkept.add(batch)
            if not self._fails:
                log.warning("the numbers for `toolpost stats` cannot be kept for now: %s", type(error).__name__)
            self._fails = True
        except BaseException:
            self._unkept.add(batch)
            raise
        else:
            self._fails = False

    def _count(self, call: ToolCall, seconds: float, kind: str, meta: Mapping[str, object], before: int) -> None:
        notes = call.context.notes
        if before < len(notes):
            self._recorder.notes(notes[before:])
        self._recorder.call(call, seconds, kind, meta)
        describe(call, kind, meta, before)

    def _absorb(self) -> None:
        fresh = self._recorder.take()
        self._total.add(fresh)
        if self.days is not None:
            self._unkept.add(fresh)

    def _rendering(self, host: Host | None) -> Callable[[], bytes]:
        """What writes the numbers of this moment, whatever is counted meanwhile."""
        # prometheus_client takes 40 ms to import, and most processes are never asked.
        from toolpost.middleware.metrics.exposition import Exposition

        self._absorb()
        return Exposition.of(self._total.copy(), self._recorder.running, host, self._gauges).render

    async def _keep_for_ever(self) -> None:
        while True:
            await anyio.sleep(self.flush)
            await self.keep()
