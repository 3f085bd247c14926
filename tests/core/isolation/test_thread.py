"""A plugin on a loop of its own is the same plugin, and what it blocks is itself alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import anyio
import pytest

from toolpost import (
    Changes,
    Context,
    Crash,
    Host,
    InvalidArguments,
    Reader,
    Refused,
    Resource,
    Tool,
    ToolError,
    hookimpl,
)
from toolpost.changes import Change
from toolpost.isolation.threads import Threaded, services_apart

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("echo", {"text": "hello"}), ("media", {}), ("anything", {"a": [1]}), ("counts", {"to": 2}), ("who", {})],
)
async def test_it_answers_the_same(assembled: Any, tool: str, arguments: dict[str, Any]):
    async with assembled("hostile", "thread") as apart, assembled("hostile", "") as here:
        assert await apart.call(tool, arguments) == await here.call(tool, arguments)


@pytest.mark.parametrize(
    ("tool", "arguments", "kind"),
    [
        ("echo", {"txt": 1}, InvalidArguments), ("fails_in_words", {"text": "so it is"}, ToolError),
        ("raises", {"kind": "SystemExit"}, Crash), ("raises", {"kind": "StopIteration"}, Crash),
        ("raises", {"kind": "CancelledError"}, Crash), ("raises", {"kind": "anyio"}, Crash),
        ("raises_sync", {"kind": "GeneratorExit"}, Crash), ("child_raises", {"kind": "KeyboardInterrupt"}, Crash),
        ("asks", {}, Refused), ("answers", {"kind": "nan"}, ToolError),
    ],
)  # fmt: skip
async def test_it_fails_the_same(assembled: Any, tool: str, arguments: dict[str, Any], kind: type[ToolError]):
    async with assembled("hostile", "thread") as host:
        with pytest.raises(ToolError) as failure:
            await host.call(tool, arguments)
        assert type(failure.value) is kind
        assert (await host.call("echo", {"text": "still here"})).text == "still here"


async def test_progress_and_questions_reach_the_caller(assembled: Any):
    said: list[Any] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        said.append(done)

    async def question(message: str, schema: dict[str, Any]) -> dict[str, Any]:
        said.append(message)
        return {"confirm": True}

    async with assembled("hostile", "thread") as host:
        await host.call("counts", {"to": 2}, Context(report=report))
        for tool in ("asks", "asks_sync"):
            assert (await host.call(tool, {}, Context(question=question))).text == "yes"
        assert (await host.call("asks_in_group", {}, Context(question=question))).text == "[True]"
    assert said == [1, 2, "Really?", "Really?", "Really?"]


async def test_a_cancelled_call_is_cancelled_there(assembled: Any):
    async with assembled("hostile", "thread") as host:
        started = anyio.Event()

        async def report(*_: Any) -> None:
            started.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "waits", {"name": "w"}, Context(report=report))
            await started.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(60):
            while not (found := (await host.call("cancelled_so_far")).structured["result"]):
                await anyio.sleep(0.01)
    assert found[0].startswith("w:Cancelled")


async def test_what_it_blocks_is_itself_alone(assembled: Any):
    """The host goes on while the plugin sleeps: the call ends at its time, long before the plugin wakes."""
    async with assembled("deadly", "thread", seconds=0.5) as host:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await anyio.sleep(0.001)
                turns += 1

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(count)
            with pytest.raises(ToolError, match="did not finish"):
                await host.call("sleeps", {"seconds": 3})
            tasks.cancel_scope.cancel()
    assert turns > 50


async def test_a_task_that_would_end_its_loop_does_not(assembled: Any):
    async with assembled("hostile", "thread", seconds=5.0) as host:
        with suppress(ToolError):
            await host.call("background_raises", {"kind": "SystemExit"})
        assert (await host.call("echo", {"text": "still here"})).text == "still here"


@dataclass
class Growing:
    """Offers one tool more each time, reads a resource of its own, and holds something open."""

    changes: Changes
    reader: Reader
    closing: bool = False

    def __post_init__(self) -> None:
        self.grown: list[Tool] = []
        self.loop: list[object] = []

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        self.inside = anyio.Event()
        yield
        self.closing = True

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.grow), Tool(self.reads), *self.grown]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("growing://word", self.word)]

    async def grow(self) -> str:
        self.inside.set()
        self.grown.append(Tool(self.word, name=f"word{len(self.grown)}"))
        await self.changes.tools(self)
        return "grown"

    async def reads(self, context: Context) -> str:
        return (await self.reader.read("growing://word", context)).text

    async def word(self) -> str:
        return "word"


async def test_services_work_across():
    changes, reader = Changes(), Reader()
    services = services_apart({Changes: changes, Reader: reader}, None)
    plugin = Growing(services[Changes], services[Reader])  # type: ignore[arg-type]
    host = Host({"growing": Threaded("growing", plugin, services)}, changes=changes)
    reader.bind(host)
    async with host:
        with changes.subscribed() as told:
            await host.call("grow")
            async for change in told:
                assert change == Change("tools")
                break
        assert (await host.call("word0")).text == "word"
        assert (await host.call("reads")).text == "word"
    assert plugin.closing
