"""What runs here, for its operator: no secret, no path, nothing of any call."""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from toolpost import __version__
from toolpost.config.load import Config
from toolpost.host import Host
from toolpost.http.operations.reasons import without_places
from toolpost.http.operations.vitals import Vitals
from toolpost.logs.redaction import Redaction
from toolpost.plugins.find import Found, installed
from toolpost.routes import Route


@dataclass
class Process:
    """The process that answers."""

    pid: int
    python: str
    system: str
    threads: int
    cpu_seconds: float
    memory_bytes: Annotated[int | None, Field(description="Resident; null where the system does not tell.")]


@dataclass
class Plugin:
    """A plugin of the configuration."""

    name: str
    distribution: str
    version: str
    state: Literal["loaded", "broken", "disabled"]
    required: bool
    reason: Annotated[str, Field(description="Why it is broken.")]
    tools: int
    layer: Annotated[bool, Field(description="Whether it stands around calls.")]


@dataclass
class Status:
    """What runs here."""

    version: str
    uptime_seconds: float
    stopping: bool
    process: Process
    tools: int
    resources: int
    prompts: int
    layers: Annotated[list[str], Field(description="The outermost first.")]
    sessions: Annotated[int | None, Field(description="Of clients up to 2025-11-25.")]
    connections: int | None
    clashes: Annotated[list[str], Field(description="What was refused, since another has its name or path.")]
    plugins: list[Plugin]


@dataclass(frozen=True)
class Reports:
    """Reads the host."""

    host: Host
    config: Config
    vitals: Vitals

    def routes(self) -> list[Route]:
        """Where they are asked; plain functions, since the metadata of all distributions is read."""
        return [
            Route("/admin/status", self.status, scope="admin"),
            Route("/admin/plugins", self.plugins, scope="admin"),
        ]

    def status(self) -> Status:
        """What runs here, since when, with which plugins and layers."""
        host, vitals = self.host, self.vitals
        return Status(
            version=__version__,
            uptime_seconds=round(time.monotonic() - vitals.began, 3),
            stopping=vitals.stopping,
            process=_process(),
            tools=len(host.tools),
            resources=len(host.resources),
            prompts=len(host.prompts),
            layers=[name for name, _ in reversed(host.layers)],
            sessions=vitals.sessions() if vitals.sessions else None,
            connections=vitals.connections() if vitals.connections else None,
            clashes=list(host.registry.clashes),
            plugins=self.plugins(),
        )

    def plugins(self) -> list[Plugin]:
        """Each plugin of the configuration, and whether it stands."""
        return list(self._plugins(installed(), Redaction(self.config)))

    def _plugins(self, found: dict[str, list[Found]], redact: Redaction) -> Iterator[Plugin]:
        registry, tables = self.host.registry, self.config.plugins
        owners, layers = list(registry.owners.values()), {name for name, _ in self.host.layers}
        for name in dict.fromkeys([*tables, *registry.broken, *owners, *layers]):
            table = tables.get(name)
            off = table is not None and not table.enabled
            yield Plugin(
                name=name,
                distribution=_distribution(found.get(name, [])),
                version=registry.versions.get(name) or "".join(one.version for one in found.get(name, [])[:1]),
                state="disabled" if off else "broken" if name in registry.broken else "loaded",
                required=table is not None and table.required,
                reason=without_places(redact(registry.broken.get(name, ""))),
                tools=owners.count(name),
                layer=name in layers,
            )


def _distribution(found: list[Found]) -> str:
    dist = found[0].entry_point.dist if found else None
    return str(dist.name) if dist else ""


def _process() -> Process:
    memory = None
    with suppress(OSError, ValueError, IndexError, AttributeError):
        memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Process(
        pid=os.getpid(),
        python=platform.python_version(),
        system=sys.platform,
        threads=threading.active_count(),
        cpu_seconds=round(time.process_time(), 3),
        memory_bytes=memory,
    )
