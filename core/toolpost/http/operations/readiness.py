"""Whether calls can be answered, for whoever sends them here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Literal

import anyio
from fastapi import Response
from pydantic import Field

from toolpost.config.load import Config
from toolpost.errors import ToolError
from toolpost.host import Host
from toolpost.http.operations.vitals import Vitals
from toolpost.routes import Route

# Seconds for which one look at the store answers: anybody may ask, and each look writes to the disk.
FRESH = 2.0
# Seconds in which the store must have written.
PATIENCE = 3.0
SPACE, KEY, KEPT = "ready", "probe", 3600.0


@dataclass
class Ready:
    """Whether calls can be answered, and if not, why."""

    status: Literal["ready", "not ready"]
    reasons: Annotated[list[str], Field(description="What is wrong; empty when ready.")]


@dataclass
class Readiness:
    """Looks at what no call can do without: the plugins that are required, the store, and time left to live."""

    host: Host
    required: frozenset[str]
    vitals: Vitals
    clock: Callable[[], float] = time.monotonic
    _looked: float = field(default=float("-inf"), repr=False)
    _writes: bool = field(default=False, repr=False)
    _looking: anyio.Lock = field(default_factory=anyio.Lock, repr=False)

    @classmethod
    def of(cls, host: Host, config: Config, vitals: Vitals) -> Readiness:
        """The readiness of a host with this configuration."""
        return cls(host, frozenset(table.name for table in config.enabled if table.required), vitals)

    def routes(self) -> list[Route]:
        """Where it is asked."""
        example = {"status": "not ready", "reasons": ["the store cannot be written"]}
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Ready"}, "example": example}}
        told = {"responses": {503: {"description": "Send calls elsewhere.", "content": content}}}
        return [Route("/ready", self.ready, scope="public", told=told)]

    async def ready(self, response: Response) -> Ready:
        """Whether calls can be answered.

        For load balancers: 503 while the store cannot be written, while a plugin that is required does not stand,
        and once the server is told to end.
        """
        reasons = await self.reasons()
        response.status_code = 503 if reasons else 200
        response.headers["cache-control"] = "no-store"
        return Ready("not ready" if reasons else "ready", reasons)

    async def reasons(self) -> list[str]:
        """Why calls cannot be answered, in words that hold no detail."""
        broken = sorted(self.required & self.host.registry.broken.keys())
        reasons = ["toolpost is stopping"] if self.vitals.stopping else []
        reasons += [f"the plugin {name} is required and does not stand" for name in broken]
        return reasons if await self._can_write() else [*reasons, "the store cannot be written"]

    async def _can_write(self) -> bool:
        async with self._looking:
            if self.clock() - self._looked >= FRESH:
                self._writes = await self._written()
                self._looked = self.clock()
            return self._writes

    async def _written(self) -> bool:
        with anyio.move_on_after(PATIENCE):
            try:
                await self.vitals.store.set(SPACE, KEY, b"", KEPT)
                return True
            except ToolError:
                return False
        return False
