"""The `status` plugin: a resource that tells how all plugins fare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from toolpost import __version__
from toolpost.gauges import Gauge
from toolpost.hookspecs import hookimpl
from toolpost.middleware.pausing import Pausing
from toolpost.overview import Overview
from toolpost.primitives import Resource
from toolpost.tools.context import Context

URI = "toolpost://status"


@dataclass
class Status:
    """Serves `toolpost://status`; reasons, which may tell of this machine, are for those of the scope "admin"."""

    overview: Overview
    pausing: Pausing | None = None

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource(URI, self.status, title="How the plugins fare", mime_type="application/json")]

    @hookimpl
    def gauges(self) -> list[Gauge]:
        meaning = "Whether a plugin can be called: 1, or 0 while it is broken, down or paused."
        return [Gauge("toolpost_plugin_up", meaning, self.up, label="plugin")]

    async def status(self, context: Context) -> dict[str, Any]:
        """The plugins of this server: which run, and which are broken, down or paused."""
        private = () if "admin" in context.scopes else ("why",)
        plugins = [{key: one[key] for key in one if key not in private} for one in self._plugins()]
        return {"version": __version__, "plugins": plugins}

    def up(self) -> Mapping[str, float]:
        """1 for each plugin that can be called, 0 for each other."""
        return {one["plugin"]: float(one["state"] == "running") for one in self._plugins()}

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
