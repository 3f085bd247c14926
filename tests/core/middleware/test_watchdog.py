"""A call that holds up all others is named, and ended when its time is over."""

from __future__ import annotations

import logging
import time

import anyio
import pytest

from toolpost import Host, Tool, ToolError, hookimpl
from toolpost.middleware.timeout import Timeout
from toolpost.middleware.watchdog import Watchdog

pytestmark = pytest.mark.anyio


class Selfish:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.sleeps), Tool(self.spins), Tool(self.clings), Tool(self.echo)]

    async def sleeps(self) -> str:
        time.sleep(3600)
        return ""

    async def spins(self) -> str:
        while True:
            pass

    async def clings(self) -> str:
        while True:
            try:
                time.sleep(3600)
            except Exception:
                continue

    async def echo(self) -> str:
        return "still here"


@pytest.mark.parametrize("tool", ["sleeps", "spins", "clings"])
async def test_a_call_that_blocks_ends_when_its_time_is_over(tool: str, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        host = Host({"timeout": Timeout(seconds=0.3), "watchdog": Watchdog(seconds=0.1), "selfish": Selfish()})
        async with host:
            with pytest.raises(ToolError):
                await host.call(tool)
            assert (await host.call("echo")).text == "still here"
    said = next(record.getMessage() for record in caplog.records if "blocked the event loop" in record.getMessage())
    assert f"{tool} of plugin 'selfish'" in said
    assert f"in {tool}" in said


async def test_a_call_that_waits_is_left_alone():
    class Patient:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.waits)]

        async def waits(self) -> str:
            await anyio.sleep(0.5)
            return "waited"

    async with Host({"watchdog": Watchdog(seconds=0.1, longest=0.2), "patient": Patient()}) as host:
        assert (await host.call("waits")).text == "waited"
