"""Opening and closing, twice."""

from __future__ import annotations

from collections.abc import AsyncIterator

from toolpost.checks.effects import watched
from toolpost.checks.finding import Finding, error
from toolpost.host import Host

TIMES = ("the first time", "the second time")


async def of_lifespan(name: str, plugin: object) -> AsyncIterator[Finding]:
    """What is wrong with what a plugin holds open while a host stands."""
    if not hasattr(getattr(type(plugin), "lifespan", None), "toolpost_impl"):
        return
    for time in TIMES:
        with watched() as effects:
            host = Host({name: plugin})
            async with host:
                broken = host.registry.broken.get(name)
            broken = broken or host.registry.broken.get(name)
        if broken:
            way_out = "make anew in `lifespan` what it closes, and close all that it opens"
            yield error("lifespan", "lifespan", f"{time} it fails: {broken}", way_out)
            return
    if effects.threads:
        what = f"it leaves the thread {effects.threads[0]!r} behind"
        yield error("lifespan", "lifespan", what, "end threads before `lifespan` ends")
