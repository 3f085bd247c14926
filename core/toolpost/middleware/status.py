"""The `status` plugin: a resource that tells how all plugins fare."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import anyio
import anyio.to_thread

from toolpost import __version__
from toolpost.folders import Folders
from toolpost.gauges import Gauge
from toolpost.hookspecs import hookimpl
from toolpost.middleware.pausing import Pausing
from toolpost.overview import Overview
from toolpost.plugins.ailing import Ailing, tell
from toolpost.primitives import Resource
from toolpost.tools.context import Context

URI = "toolpost://status"
# Seconds between two looks at what ails.
LOOKING = 2.0


class Parted(Protocol):
    """A plugin of several parts, such as servers that it connects to, each of which may fail by itself."""

    def ailing_parts(self) -> Iterable[Ailing]:
        """The parts that cannot be used now, each as `plugin.part`."""
        ...


@dataclass
class Status:
    """Serves `toolpost://status`; reasons, which may tell of this machine, are for those of the scope "admin".

    What ails is written down too, for `toolpost plugins list` and `doctor` beside a server.
    """

    overview: Overview
    pausing: Pausing | None = None
    folders: Folders | None = None
    parted: Parted | None = None

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource(URI, self.status, title="How the plugins fare", mime_type="application/json")]

    @hookimpl
    def gauges(self) -> list[Gauge]:
        meaning = "Whether a plugin can be called: 1, or 0 while it is broken, down or paused."
        return [Gauge("toolpost_plugin_up", meaning, self.up, label="plugin")]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Keep what ails written down while the host runs."""
        if self.folders is None:
            yield
            return
        tell(self.folders, [])  # what a process of this number may have left
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._tell, self.folders)
            yield
            tasks.cancel_scope.cancel()
        tell(self.folders, [])

    async def status(self, context: Context) -> dict[str, Any]:
        """The plugins of this server: which run, and which are broken, down or paused; and parts of them that are."""
        private = () if "admin" in context.scopes else ("why",)

        def shown(all_of: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
            return [{key: one[key] for key in one if key not in private} for one in all_of]

        parts = shown(self._parts())
        return {"version": __version__, "plugins": shown(self._plugins())} | ({"parts": parts} if parts else {})

    def up(self) -> Mapping[str, float]:
        """1 for each plugin that can be called, 0 for each other."""
        return {one["plugin"]: float(one["state"] == "running") for one in self._plugins()}

    async def _tell(self, folders: Folders) -> None:
        known: list[tuple[str, str, int]] = []
        while True:
            ailing = [*self._ailing()]
            # That a pause is shorter by now is no news.
            news = [(one.plugin, one.state, round(one.until / 10)) for one in ailing]
            if news != known:
                await anyio.to_thread.run_sync(tell, folders, ailing)
                known = news
            await anyio.sleep(LOOKING)

    def _ailing(self) -> Iterator[Ailing]:
        for one in self._plugins():
            plugin, state = one["plugin"], one["state"]
            if state == "paused" and self.pausing is not None:
                yield Ailing(plugin, state, self.pausing.why(plugin), time.time() + self.pausing.left()[plugin])
            elif state != "running":
                yield Ailing(plugin, state, one.get("why", ""))
        if self.parted is not None:
            yield from self.parted.ailing_parts()

    def _parts(self) -> Iterator[dict[str, Any]]:
        for part in self.parted.ailing_parts() if self.parted is not None else ():
            left = max(0, round(part.until - time.time()))
            seconds = {"next_try": left} if part.until else {}
            yield {"part": part.plugin, "state": part.state, "why": part.why, **seconds}

    def _plugins(self) -> Iterator[dict[str, Any]]:
        for found in self.overview.plugins():
            state, why = str(found.state), found.why
            if state == "running" and self.pausing is not None and (said := self.pausing.condition(found.plugin)):
                state, why = "paused", said
            about: dict[str, Any] = {"plugin": found.plugin, "version": found.version, "state": state, "why": why}
            if found.isolation:
                about["isolation"] = found.isolation
            if found.starts > 1:
                about["starts"] = found.starts
            yield {key: value for key, value in about.items() if value != ""}
