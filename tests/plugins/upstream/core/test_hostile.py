"""Servers that exit, hang, babble, lie or flood: each is marked down or bounded, and none is in another's way."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import anyio
import pytest
from hosting import FRIENDLY, HOSTILE, child, hosting, plugin_of, until

from toolpost.errors import ToolError, Unavailable
from toolpost_upstream.life.state import Status

pytestmark = pytest.mark.anyio
# What is wrong with a server, by its mode.
DOWN = {
    "exits": "status 7",
    "version": "1999-01-01",
    "many": "10000 tools",
    "large": "more than",
    "pages": "pages",
    "endless line": "more than",
    "hangs": "does not answer",
}


def hostile(mode: str, *args: str, **more: Any) -> dict[str, Any]:
    return child(HOSTILE, mode, *args, **{"start_timeout": 10, "era": "handshake", **more})


def status_of(host: Any, name: str) -> Status:
    return next(one for one in plugin_of(host).status() if one.name == name)


@pytest.mark.parametrize("mode", DOWN)
async def test_it_is_down_and_says_why_and_another_answers(mode: str) -> None:
    servers = {"bad": hostile(mode, start_timeout=1.5 if mode == "hangs" else 10), "good": hostile("good")}
    async with hosting(servers, retry=60) as host:
        status = await until(lambda: status_of(host, "bad") if status_of(host, "bad").condition == "down" else None)
        assert DOWN[mode] in status.sentence
        assert [name for name in host.tools if name.startswith("bad")] == []
        assert (await host.call("good_echo")).text == "ok"


@pytest.mark.parametrize("mode", ["babbling", "notifies"])
async def test_one_that_does_not_stop_talking_is_given_up_and_holds_up_nobody(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolpost_upstream.wires.flood.PATIENCE", 2)
    async with hosting({"bad": hostile(mode), "good": hostile("good")}, retry=60, wait=0.5) as host:
        await until(lambda: "good_echo" in host.tools)
        status = await until(lambda: status_of(host, "bad") if status_of(host, "bad").condition == "down" else None)
        assert "nobody asked for" in status.why
        assert (await host.call("good_echo")).text == "ok"


@pytest.mark.parametrize("mode", ["noise", "wrong", "kinds", "junk", "wide"])
async def test_what_makes_no_sense_is_passed_over(mode: str) -> None:
    async with hosting({"bad": hostile(mode)}) as host:
        assert (await host.call("bad_echo")).text.endswith("ok")
        assert list(host.tools) == ["bad_echo"]
        if mode == "noise":
            assert status_of(host, "bad").noise == 5


async def test_one_that_ends_in_a_call_may_have_carried_it_out() -> None:
    async with hosting({"bad": hostile("dies")}, retry=60) as host:
        with pytest.raises(ToolError, match="may have been carried out") as failure:
            await host.call("bad_echo")
        assert not isinstance(failure.value, Unavailable)
        await until(lambda: "bad_echo" not in host.tools)


async def test_an_answer_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hosting({"bad": hostile("huge")}, retry=60) as host:
        with pytest.raises(ToolError, match="more than"):
            await host.call("bad_echo")


async def test_a_response_without_a_result_is_an_error() -> None:
    async with hosting({"bad": hostile("empty")}) as host:
        with pytest.raises(ToolError, match="without a result"):
            await host.call("bad_echo")


async def test_a_call_on_a_server_that_is_down_can_be_tried_again() -> None:
    async with hosting({"bad": hostile("dies")}, retry=60) as host:
        tool = host.tools["bad_echo"]
        with pytest.raises(ToolError):
            await host.call("bad_echo")
        await until(lambda: status_of(host, "bad").condition == "down")
        from toolpost.tools.call import ToolCall

        with pytest.raises(Unavailable, match="next try in") as failure:
            await host.answer(ToolCall(tool))
        assert failure.value.retry_after is not None


async def test_one_that_failed_comes_back_by_itself(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    mark.touch()
    async with hosting({"bad": hostile("once", str(mark))}) as host:
        await until(lambda: "bad_echo" in host.tools)
        assert (await host.call("bad_echo")).text == "ok"


async def test_a_slow_one_delays_the_start_no_longer_than_the_wait() -> None:
    began = anyio.current_time()
    servers = {f"slow{n}": hostile("hangs") for n in range(4)} | {"good": hostile("good")}
    async with hosting(servers, wait=2.0) as host:
        assert "good_echo" in host.tools
        assert {status_of(host, f"slow{n}").condition for n in range(4)} == {"starting"}
    assert anyio.current_time() - began < 30


async def test_what_it_says_on_stderr_is_bounded_and_without_its_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="toolpost.upstream")
    async with hosting({"bad": hostile("chatty", env={"KEY": "sesame-open-now"})}):
        await until(lambda: "is in here" in caplog.text)
    assert "sesame-open-now" not in caplog.text
    assert max(map(len, caplog.messages)) < 3000


async def test_a_reference_to_another_place_is_not_followed() -> None:
    async with hosting({"bad": hostile("reference")}, layers=["validation"]) as host:
        with pytest.raises(ToolError, match="schema"):
            await host.call("bad_echo", {"a": 1})


async def test_a_pattern_takes_no_longer_than_it_may() -> None:
    async with hosting({"bad": hostile("pattern")}, layers=["validation"]) as host:
        with anyio.fail_after(5), pytest.raises(ToolError):
            await host.call("bad_echo", {"a": "a" * 50_000 + "!"})


async def test_a_tool_cannot_say_what_only_the_host_may() -> None:
    async with hosting({"bad": hostile("disguised")}) as host:
        tool = host.tools["bad_echo"]
        assert tool.kind == "tool"
        assert not tool.billable
        assert tool.meta is not None
        assert tool.meta["theirs"] == 1


async def test_nobody_is_asked_for_another_callers_call() -> None:
    from toolpost.tools.context import Context

    async def answer(message: str, schema: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("nobody knows whose question this is")

    async with hosting({"bad": hostile("asking")}) as host:
        texts: list[str] = []

        async def call(principal: str) -> None:
            texts.append((await host.call("bad_echo", {}, Context(principal=principal, question=answer))).text)

        # It asks when both are under way.
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(call, "ada")
                tasks.start_soon(call, "bob")
        assert len(texts) == 2
        assert all("nobody knows" in text for text in texts)


async def test_tools_of_two_servers_do_not_clash() -> None:
    async with hosting({"one": hostile("good"), "two": hostile("good")}) as host:
        assert sorted(host.tools) == ["one_echo", "two_echo"]


async def test_no_tool_of_one_server_is_called_as_anothers() -> None:
    names = {"a": child(FRIENDLY), "a_add": hostile("good")}
    async with hosting(names) as host:
        assert len({name for name in host.tools if name.startswith("a_add")}) == 2
