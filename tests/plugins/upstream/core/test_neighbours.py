"""A server that misbehaves costs the calls of others nothing that anybody would notice."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from hosting import HOSTILE, child, hosting, plugin_of, until

from toolpost import Tool, ToolError, hookimpl
from toolpost.host import Host
from toolpost.middleware.injection import Injection
from toolpost.testing import open_host
from toolpost_upstream import Upstream

pytestmark = pytest.mark.anyio
CALLS = 200
# The longest that the slowest call in a hundred may take on a machine with other work to do, in seconds.
STALL = 0.25


class Local:
    """A tool of a plugin of one's own."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.ping)]

    async def ping(self) -> str:
        """Answer."""
        return "pong"


def hostile(mode: str) -> dict[str, Any]:
    return child(HOSTILE, mode, era="handshake")


async def p99(host: Host, name: str) -> float:
    seconds = []
    for _ in range(CALLS):
        began = anyio.current_time()
        await host.call(name)
        seconds.append(anyio.current_time() - began)
        await anyio.lowlevel.checkpoint()
    return sorted(seconds)[-CALLS // 100]


@pytest.mark.parametrize("mode", ["babbling", "notifies", "many", "large", "endless line", "pages", "exits"])
async def test_calls_of_others_stay_as_quick(mode: str) -> None:
    async with hosting({"good": hostile("good")}, Local) as host:
        quiet = {name: await p99(host, name) for name in ("good_echo", "ping")}
    # It is tried again and again, and so fails all the time.
    again = {"retry": 0.05, "retry_longest": 0.05, "wait": 0.2}
    async with hosting({"bad": hostile(mode), "good": hostile("good")}, Local, **again) as host:
        await until(lambda: "good_echo" in host.tools)
        for name, before in quiet.items():
            assert await p99(host, name) < max(STALL, 10 * before)
        assert {one.name for one in plugin_of(host).status()} == {"bad", "good"}


@pytest.mark.parametrize("mode", ["redescribes", "renames"])
async def test_definitions_that_change_without_end_are_examined_beside_the_calls_of_others(mode: str) -> None:
    servers = {"bad": hostile(mode), "good": hostile("good")}
    table = {"upstream": {"servers": servers, "wait": 8}}
    async with open_host(Injection, Upstream, Local, settings=table) as host:
        await until(lambda: "good_echo" in host.tools)
        review = next(one.review for one in host.registry.plugins.values() if isinstance(one, Injection))
        await until(lambda: review.examinations.is_behind)
        for name in ("good_echo", "ping"):
            assert await p99(host, name) < STALL


async def test_notifications_between_calls_are_heard_by_somebody() -> None:
    """Whoever waits for an answer reads what comes; when nobody does, the connection reads by itself."""
    async with hosting({"one": hostile("later")}) as host:
        for number in range(3):
            await host.call("one_echo")
            await until(lambda number=number: f"one_tool{number + 1}" in host.tools)


async def test_many_calls_of_one_server_share_what_is_read() -> None:
    async with hosting({"one": hostile("shuffled")}) as host:
        texts: dict[int, str] = {}

        async def call(number: int) -> None:
            texts[number] = (await host.call("one_echo", {"number": number})).text

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                for number in range(40):
                    tasks.start_soon(call, number)
        assert texts == {number: str(number) for number in range(40)}


async def test_a_caller_that_goes_leaves_the_reading_to_another() -> None:
    async with hosting({"one": hostile("patient")}) as host:
        answered: list[str] = []

        async def stay() -> None:
            answered.append((await host.call("one_echo", {"wait": True})).text)

        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                # This one comes first, and reads for both.
                with anyio.move_on_after(0.2):
                    tasks.start_soon(stay)
                    await host.call("one_echo", {"wait": True})
                await host.call("one_echo", {})
        assert answered == ["freed"]


async def test_a_host_that_closes_leaves_nobody_waiting() -> None:
    failures: list[Exception] = []

    async def call(host: Host) -> None:
        try:
            await host.call("one_echo", {"wait": True})
        except ToolError as error:
            failures.append(error)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks, hosting({"one": hostile("patient")}) as host:
            for _ in range(3):
                tasks.start_soon(call, host)
            await anyio.wait_all_tasks_blocked()
    assert len(failures) == 3
