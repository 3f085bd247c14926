"""A layer around tools that are not its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import anyio

from toolpost.checks.cancelling import left
from toolpost.checks.finding import Finding, error, note
from toolpost.checks.outcome import WAY_OUT, Outcome, Stuck, outcome
from toolpost.errors import InvalidArguments, Refused, ToolError, Unavailable
from toolpost.hookspecs import hookimpl
from toolpost.host import Host
from toolpost.tools.call import Middleware, ToolResult
from toolpost.tools.content import Image
from toolpost.tools.tool import Tool

PICTURE = b"\x89PNG\r\n\x1a\n"
SAID = ToolResult.of("It is sunny in Oslo.", Image(PICTURE), structured={"sky": "clear", "degrees": [21, 20.5]})
TEXT = "no forecast for that"
ERRORS: tuple[type[ToolError], ...] = (ToolError, InvalidArguments, Refused, Unavailable)


@dataclass
class Probe:
    """Tools that answer, fail in each way, and wait; `called` counts."""

    called: int = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        """One tool for each end that a call may have."""
        fails = [Tool(self._failing(kind), name=f"probe_{kind.__name__}", read_only=True) for kind in ERRORS]
        return [Tool(self.probe_says, read_only=True), Tool(self.probe_waits, read_only=True), *fails]

    async def probe_says(self) -> ToolResult:
        """Say something harmless."""
        self.called += 1
        return SAID

    async def probe_waits(self) -> str:
        """Wait until the caller goes."""
        await anyio.sleep_forever()
        return ""

    def _failing(self, kind: type[ToolError]) -> Callable[[], Awaitable[str]]:
        async def fail() -> str:
            """Fail."""
            self.called += 1
            raise kind(TEXT)

        return fail


async def of_layer(name: str, plugin: object, stuck: Stuck) -> AsyncIterator[Finding]:
    """What is wrong with the layer of a plugin, if it has one that applies."""
    probe = Probe()
    host = Host({name: plugin, "probe": probe})
    about = f"layer {name!r}"
    layer = next((layer for owner, layer in host.layers if owner == name), None)
    if layer is None:
        return
    async with host:
        for finding in [*_explained(about, layer), *await _says(host, probe, about, stuck)]:
            yield finding
        if "probe_says" in host.tools and not isinstance((await outcome(host, "probe_says", {}, stuck)).error, Refused):
            async for finding in _fails(host, probe, about, stuck):
                yield finding
            for finding in await _goes(host, about, stuck):
                yield finding


def _explained(about: str, layer: Middleware) -> Iterator[Finding]:
    if not hasattr(layer, "explain"):
        way_out = "make the layer an object with `__call__` and `explain(call)`"
        yield note("layer-explain", about, "it does not say what it would do", way_out)


async def _says(host: Host, probe: Probe, about: str, stuck: Stuck) -> list[Finding]:
    if "probe_says" not in host.tools:
        return [
            note("layer-content", about, "it withholds the tool that it was to be tried with", "nothing, if it should")
        ]
    probe.called = 0
    found = await outcome(host, "probe_says", {}, stuck)
    if isinstance(found.error, Refused):
        what = "it refuses the call that it was to be tried with, so it was tried no further"
        return [note("layer-content", about, what, "check it with settings with which it goes on")]
    return [*_answer(about, found), *_once(about, probe.called, "answers"), *_printed(about, found)]


def _answer(about: str, found: Outcome) -> Iterator[Finding]:
    if found.crash:
        way_out = "raise a ToolError that says what is wrong; anything else refuses the call"
        yield error("layer-errors", about, f"it crashes around a tool that answers: {found.crash}", way_out)
    elif found.error is not None:
        what = f"it makes {type(found.error).__name__} of an answer"
        yield error("layer-content", about, what, "raise Refused, if the answer is not to be given")
    elif found.result is None:
        yield error(
            "layer-content", about, "it does not come back from a tool that answers", "await call_next(call) once"
        )
    elif found.result.structured != SAID.structured or SAID.content[0] not in found.result.content:
        yield error("layer-content", about, "it changes content that it has no reason to", "return what call_next gave")
    elif found.result.content != SAID.content:
        yield note(
            "layer-content", about, "it changes pictures, or adds to content", "nothing, if that is what it is for"
        )


def _once(about: str, called: int, end: str) -> Iterator[Finding]:
    if called > 1:
        yield error(
            "layer-once", about, f"it calls a tool {called} times that {end}", "go on again for Unavailable alone"
        )


def _printed(about: str, found: Outcome) -> Iterator[Finding]:
    if found.effects.printed.strip():
        yield error(
            "call-output", about, f"it prints {found.effects.printed.strip()[:60]!r}", "use context.note, or log it"
        )
    if found.lag > 0.25:
        way_out = "await anyio.to_thread.run_sync(…) for what takes time"
        yield error("call-loop", about, f"it blocks the event loop for {found.lag:.1f} s", way_out)


async def _fails(host: Host, probe: Probe, about: str, stuck: Stuck) -> AsyncIterator[Finding]:
    for kind in ERRORS:
        probe.called = 0
        found = await outcome(host, f"probe_{kind.__name__}", {}, stuck)
        if type(found.error) is not kind:
            end = found.crash or (type(found.error).__name__ if found.error else "an answer")
            way_out = "let the errors of tools pass, or raise `error.with_text(…)`"
            yield error("layer-errors", about, f"it makes {end} of {kind.__name__}", way_out)
        if kind is not Unavailable:
            for finding in _once(about, probe.called, f"fails with {kind.__name__}"):
                yield finding


async def _goes(host: Host, about: str, stuck: Stuck) -> list[Finding]:
    def ended(found: Finding) -> NoReturn:
        stuck(error("layer-cancellation", about, found.what, found.way_out))

    if await left(host, "probe_waits", {}, 0.05, ended) == "answered":
        what = "it swallows the cancellation and answers"
        return [error("layer-cancellation", about, what, WAY_OUT)]
    return []
