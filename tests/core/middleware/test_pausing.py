"""A plugin that keeps crashing is left alone for a while, and says so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import pytest

from toolpost import Crash, Host, Tool, ToolError, Unavailable, hookimpl
from toolpost.middleware.pausing import Pausing
from toolpost.middleware.status import Status
from toolpost.overview import Overview

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Shaky:
    """Does what it is told."""

    calls: int = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.do)]

    async def do(self, what: str = "well") -> str:
        self.calls += 1
        match what:
            case "crash":
                raise RuntimeError("as ever")
            case "refuse":
                raise ToolError("not this")
        return "done"


@dataclass
class Site:
    host: Host
    clock: Clock
    shaky: Shaky
    pausing: Pausing

    async def crash(self, times: int) -> None:
        for _ in range(times):
            with suppress(Crash):
                await self.host.call("do", {"what": "crash"})


@pytest.fixture
def site() -> Site:
    clock, shaky, overview = Clock(), Shaky(), Overview()
    pausing = Pausing(row=3, minute=6, first=10.0, longest=25.0, clock=clock)
    host = Host({"pausing": pausing, "status": Status(overview, pausing), "shaky": shaky})
    overview.bind(host)
    return Site(host, clock, shaky, pausing)


async def test_crashes_in_a_row_pause_a_plugin(site: Site):
    await site.crash(3)
    with pytest.raises(Unavailable, match=r"plugin 'shaky' is paused for another 10 s, since 3 .* crashed") as refusal:
        await site.host.call("do")
    assert refusal.value.retry_after == 10
    assert site.shaky.calls == 3


async def test_what_a_tool_says_is_no_crash(site: Site):
    await site.crash(2)
    with pytest.raises(ToolError, match="not this"):
        await site.host.call("do", {"what": "refuse"})
    await site.host.call("do")
    await site.crash(2)
    assert (await site.host.call("do")).text == "done"


async def test_after_the_pause_one_call_shows_that_all_is_well(site: Site):
    await site.crash(3)
    site.clock.now += 10
    assert (await site.host.call("do")).text == "done"
    assert site.pausing.left() == {}
    await site.crash(2)
    assert (await site.host.call("do")).text == "done"


async def test_a_pause_is_twice_as_long_as_the_one_before_up_to_the_longest(site: Site):
    await site.crash(3)
    seen = []
    for _ in range(3):
        seen.append(site.pausing.left()["shaky"])
        site.clock.now += seen[-1]
        await site.crash(1)
    assert seen == [10, 20, 25]


async def test_only_one_call_probes(site: Site):
    await site.crash(3)
    site.clock.now += 10
    probe = site.pausing._records["shaky"]
    probe.probing = True
    with pytest.raises(Unavailable, match="until one call shows"):
        await site.host.call("do")


async def test_half_of_many_calls_that_crash_pause_it_too(site: Site):
    for _ in range(6):
        await site.crash(1)
        with suppress(Unavailable):
            await site.host.call("do")
    with pytest.raises(Unavailable, match="too many of its calls crash"):
        await site.host.call("do")


async def test_few_crashes_among_many_calls_do_not(site: Site):
    for _ in range(10):
        await site.crash(1)
        for _ in range(3):
            assert (await site.host.call("do")).text == "done"


async def test_the_status_tells_of_it(site: Site):
    await site.crash(3)
    _, answer = await site.host.read("toolpost://status")
    plugins = {one["plugin"]: one for one in answer.structured["plugins"]}
    assert plugins["shaky"]["state"] == "paused"
    assert "crashed in a row" in plugins["shaky"]["why"]
    assert plugins["status"]["state"] == "running"
    gauges = {gauge.name: gauge.read() for gauge in site.host.registry.gauges()}
    assert gauges["toolpost_plugin_up"] == {"pausing": 1, "status": 1, "shaky": 0}
    assert gauges["toolpost_plugin_paused_seconds"] == {"shaky": 10}
