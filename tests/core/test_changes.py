"""What a plugin offers may change while the host runs; whoever listens is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import pytest

from toolpost import Changes, Host, Prompt, Resource, Tool, UnknownTool, hookimpl
from toolpost.changes import Change


@dataclass
class Ports:
    """A plugin whose tools come and go."""

    changes: Changes = field(default_factory=Changes)
    names: list[str] = field(default_factory=lambda: ["first"])
    broken: bool = False

    @hookimpl
    def tools(self):
        if self.broken:
            raise RuntimeError("no")
        return [Tool(self.answer, name=name) for name in self.names]

    @hookimpl
    def resources(self):
        return [Resource("ports://all", self.answer)]

    @hookimpl
    def prompts(self):
        return [Prompt(self.answer, name=f"{name}-prompt") for name in self.names]

    async def answer(self) -> str:
        """Answer."""
        return "here"


def host_of(*plugins: Ports) -> Host:
    return Host({f"p{number}": plugin for number, plugin in enumerate(plugins)}, changes=plugins[0].changes)


async def test_a_tool_that_comes_later_can_be_called():
    ports = Ports()
    host = host_of(ports)
    ports.names.append("second")
    with pytest.raises(UnknownTool):
        await host.call("second")
    await ports.changes.tools(ports)
    assert (await host.call("second")).text == "here"


async def test_a_tool_that_went_is_unknown():
    ports = Ports()
    host = host_of(ports)
    ports.names[:] = ["other"]
    await ports.changes.tools(ports)
    assert list(host.tools) == ["other"]


async def test_listeners_are_told_once_of_what_they_have_not_looked_at():
    ports = Ports()
    host_of(ports)
    seen = []
    with ports.changes.subscribed() as subscription:
        await ports.changes.tools(ports)
        await ports.changes.tools(ports)
        await ports.changes.updated("ports://all")
        await ports.changes.prompts(ports)
        with anyio.fail_after(5):
            async for change in subscription:
                seen.append(change)
                if len(seen) == 3:
                    break
    assert seen == [Change("tools"), Change("resource", "ports://all"), Change("prompts")]


async def test_a_plugin_that_fails_to_answer_again_keeps_what_it_had():
    ports = Ports()
    host = host_of(ports)
    ports.broken = True
    with ports.changes.subscribed() as subscription:
        await ports.changes.tools(ports)
        assert not subscription._pending
    assert (await host.call("first")).text == "here"


async def test_a_name_that_two_want_from_now_on_has_neither():
    first, second = Ports(), Ports(names=["other"])
    host = host_of(first, second)
    first.names.append("other")
    await first.changes.tools(first)
    assert sorted(host.tools) == ["first", "p0_other", "p1_other"]


async def test_a_call_under_way_ends_as_it_began():
    begun, go = anyio.Event(), anyio.Event()

    @dataclass
    class Slow(Ports):
        async def answer(self) -> str:
            begun.set()
            await go.wait()
            return "done"

    ports = Slow()
    host = host_of(ports)
    results = []

    async def call():
        results.append((await host.call("first")).text)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await begun.wait()
        ports.names.clear()
        await ports.changes.tools(ports)
        go.set()
    assert results == ["done"]
    assert not host.tools
