"""Whether calls can be answered, for whoever sends them here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Literal

import anyio
from fastapi import Response
from pydantic import Field

from toolpost.config.load import Config
from toolpost.crash import account
from toolpost.errors import ToolError
from toolpost.host import Host
from toolpost.http.operations.vitals import Vitals
from toolpost.routes import Route

log = logging.getLogger("toolpost.http")
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
    _look: anyio.Event | None = field(default=None, repr=False)
    _late: float = field(default=0.0, repr=False)

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
        if self._look is None and self.clock() - self._looked >= FRESH:
            await self._begin()
        if self._look is None:
            return self._writes
        # Nothing interrupts a look that waits for the disk: it is not waited for any longer.
        with anyio.CancelScope(deadline=self._late):
            await self._look.wait()
            return self._writes
        return False

    async def _begin(self) -> None:
        self._look, self._late = anyio.Event(), anyio.current_time() + PATIENCE
        if self.vitals.beside is None:
            await self._write(self._look)
        else:
            self.vitals.beside(partial(self._write, self._look))

    async def _write(self, look: anyio.Event) -> None:
        try:
            await self.vitals.store.set(SPACE, KEY, b"", KEPT)
            self._writes = True
        except Exception as error:  # it must not end the server, beside which it runs
            self._writes = False
            if not isinstance(error, ToolError):
                log.error("the store cannot be looked at\n%s", "\n".join(account(error)))
        finally:
            self._look, self._looked = None, self.clock()
            look.set()
