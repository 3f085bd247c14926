"""Equal calls are answered from memory, and nobody gets what is not theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from toolpost import Context, Host, Image, Tool, ToolCall, ToolError, ToolResult, hookimpl
from toolpost.store.sqlite import SQLiteStore
from toolpost_cache import Cache
from toolpost_cache.keys import key_of


class Counting:
    """Answers with how often it was asked; `gate`, if there is one, must open first."""

    def __init__(self, **nature: Any) -> None:
        self.calls = 0
        self.nature = {"cacheable": True, **nature}
        self.fails = 0
        self.gate: anyio.Event | None = None

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.count, **self.nature)]

    async def count(self, text: str = "") -> ToolResult:
        self.calls += 1
        number = self.calls
        if self.gate is not None:
            await self.gate.wait()
        if number <= self.fails:
            raise ToolError("failed")
        return ToolResult.of(f"{number} {text}")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_equal_call_is_answered_from_memory():
    counting = Counting()
    async with Host([Cache(), counting]) as host:
        first = await host.call("count", {"text": "x"})
        second = await host.call("count", {"text": "x"})
    assert (first.text, second.text, counting.calls) == ("1 x", "1 x", 1)
    assert (first.meta["toolpost/cache"], second.meta["toolpost/cache"]) == ("miss", "hit")


async def test_another_principal_gets_an_answer_of_their_own():
    async with Host([Cache(), Counting()]) as host:
        ann = await host.call("count", {}, Context(principal="ann"))
        bob = await host.call("count", {}, Context(principal="bob"))
    assert (ann.text, bob.text) == ("1 ", "2 ")


async def test_only_tools_that_say_so_are_kept():
    counting = Counting(cacheable=False)
    async with Host([Cache(), counting]) as host:
        await host.call("count")
        await host.call("count")
    assert counting.calls == 2


@pytest.mark.parametrize(
    ("settings", "cacheable", "calls"),
    [
        ({"tools_ttl": {"count": 5}}, False, 1),
        ({"except_tools": ["count"]}, True, 2),
        ({"max_bytes": 0}, True, 2),
    ],
)
async def test_the_operator_has_the_last_word(settings: dict[str, Any], cacheable: bool, calls: int):
    counting = Counting(cacheable=cacheable)
    async with Host([Cache(**settings), counting]) as host:
        await host.call("count")
        await host.call("count")
    assert counting.calls == calls


async def test_an_answer_is_good_for_its_time():
    clock, counting = Clock(), Counting()
    async with Host([Cache(ttl=10, clock=clock), counting]) as host:
        await host.call("count")
        clock.now = 9.9
        await host.call("count")
        clock.now = 10.1
        await host.call("count")
    assert counting.calls == 2


async def test_errors_are_never_kept():
    counting = Counting()
    counting.fails = 1
    async with Host([Cache(), counting]) as host:
        with pytest.raises(ToolError):
            await host.call("count")
        assert (await host.call("count")).text == "2 "


async def test_the_bytes_are_bounded_and_the_oldest_go():
    cache = Cache(max_bytes=3_000)
    async with Host([cache, Counting()]) as host:
        for number in range(50):
            await host.call("count", {"text": str(number) + "x" * 200})
        stats = (await host.call("cache_stats")).structured
        assert stats["bytes"] <= 3_000
        assert 0 < stats["entries"] < 10
        assert (await host.call("count", {"text": "0" + "x" * 200})).meta["toolpost/cache"] == "miss"


async def test_an_answer_larger_than_the_cache_is_just_not_kept():
    class Large:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.draw, cacheable=True)]

        async def draw(self) -> Image:
            return Image(b"x" * 10_000)

    async with Host([Cache(max_bytes=5_000), Large()]) as host:
        await host.call("draw")
        assert (await host.call("draw")).meta["toolpost/cache"] == "miss"


async def equal_calls(host: Host, counting: Counting, number: int) -> list[Any]:
    """So many equal calls at once; the gate opens when all are under way."""
    answers: list[Any] = []
    counting.gate = anyio.Event()

    async def call() -> None:
        try:
            answers.append((await host.call("count")).text)
        except ToolError as error:
            answers.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        counting.gate.set()
    return answers


async def test_of_equal_calls_at_once_one_is_made():
    counting = Counting()
    async with Host([Cache(), counting]) as host:
        answers = await equal_calls(host, counting, 100)
        stats = (await host.call("cache_stats")).structured
    assert (answers, counting.calls) == (["1 "] * 100, 1)
    assert (stats["misses"], stats["joined"]) == (1, 99)


async def test_a_leader_that_fails_fails_alone():
    counting = Counting()
    counting.fails = 1
    async with Host([Cache(), counting]) as host:
        answers = await equal_calls(host, counting, 20)
    assert sum(isinstance(answer, ToolError) for answer in answers) == 1
    assert answers.count("2 ") == 19


async def test_a_leader_that_leaves_is_followed_by_another():
    counting = Counting()
    counting.gate = anyio.Event()
    answers: list[str] = []
    async with Host([Cache(), counting]) as host, anyio.create_task_group() as tasks:
        leader = anyio.CancelScope()

        async def lead() -> None:
            with leader:
                await host.call("count")

        async def follow() -> None:
            answers.append((await host.call("count")).text)

        tasks.start_soon(lead)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(follow)
        await anyio.wait_all_tasks_blocked()
        leader.cancel()
        await anyio.wait_all_tasks_blocked()
        counting.gate.set()
    assert answers == ["2 "]


async def test_clearing_forgets():
    counting = Counting()
    async with Host([Cache(), counting]) as host:
        await host.call("count")
        assert (await host.call("cache_clear")).text == "forgot 1 answers"
        await host.call("count")
    assert counting.calls == 2


async def test_what_is_not_finished_is_not_kept():
    class Slow:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.draw, cacheable=True)]

        async def draw(self) -> ToolResult:
            return ToolResult.of("still working", meta={"toolpost/unfinished": True})

    async with Host([Cache(), Slow()]) as host:
        await host.call("draw")
        assert (await host.call("draw")).meta["toolpost/cache"] == "miss"


async def test_those_who_waited_hear_that_the_work_goes_on():
    calls = 0

    class Slow:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.draw, cacheable=True)]

        async def draw(self) -> ToolResult:
            nonlocal calls
            calls += 1
            await anyio.wait_all_tasks_blocked()
            return ToolResult.of("still working", meta={"toolpost/unfinished": True})

    answers: list[str] = []

    async def draw(host: Host) -> None:
        answers.append((await host.call("draw")).text)

    async with Host([Cache(), Slow()]) as host, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(draw, host)
    assert (answers, calls) == (["still working"] * 3, 1)


async def test_a_key_tells_callers_tools_and_arguments_apart():
    counting, other = Tool(Counting().count), Tool(Counting().count, name="other")
    calls = [
        ToolCall(counting, {"text": "a"}),
        ToolCall(counting, {"text": "b"}),
        ToolCall(other, {"text": "a"}),
        ToolCall(counting, {"text": "a"}, Context(principal="ann")),
    ]
    assert len({key_of(call) for call in calls}) == 4
    assert key_of(calls[0]) == key_of(ToolCall(counting, {"text": "a"}))


class Spoiling:
    """A layer that changes results in place."""

    @hookimpl
    def middleware(self) -> Any:
        return self.spoil

    async def spoil(self, call: Any, call_next: Any) -> ToolResult:
        result: ToolResult = await call_next(call)
        result.structured["spoiled"] = result.structured.get("spoiled", 0) + 1
        object.__setattr__(result.content[0], "text", "spoiled")
        return result


class Facts:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.fact, cacheable=True)]

    async def fact(self) -> ToolResult:
        return ToolResult.of("true", structured={"fact": True})


async def test_what_a_layer_does_to_an_answer_stays_out_of_the_memory():
    cache = Cache()
    async with Host({"spoiling": Spoiling(), "cache": cache, "facts": Facts()}) as host:
        spoiled = [(await host.call("fact")).structured["spoiled"] for _ in range(3)]
    assert spoiled == [1, 1, 1]
    kept = next(iter(cache._entries.values())).result
    assert (kept.text, kept.structured) == ("true", {"fact": True})


async def test_answers_survive_a_restart_where_that_is_asked_for(tmp_path: Path):
    counting = Counting()
    for expected in ("miss", "hit", "hit"):
        store = SQLiteStore(tmp_path / "store")
        async with Host([Cache(store=store, survives=True), counting]) as host:
            result = await host.call("count", {"text": "x"})
            other = await host.call("count", {"text": "x"}, Context(principal="bob"))
        await store.aclose()
        assert (result.text, result.meta["toolpost/cache"]) == ("1 x", expected)
        assert other.text == "2 x"
    assert counting.calls == 2


async def test_clearing_forgets_what_would_survive(tmp_path: Path):
    counting = Counting()
    async with Host([Cache(store=SQLiteStore(tmp_path / "store"), survives=True), counting]) as host:
        await host.call("count")
        await host.call("cache_clear")
        await host.call("count")
    assert counting.calls == 2


async def test_a_store_that_fails_is_as_good_as_an_empty_one(tmp_path: Path):
    (tmp_path / "store").write_bytes(b"no database" * 1000)
    async with Host([Cache(store=SQLiteStore(tmp_path / "store"), survives=True), Counting()]) as host:
        assert (await host.call("count")).text == "1 "
        assert (await host.call("count")).text == "1 "


def test_answers_cannot_survive_without_a_store():
    with pytest.raises(ValueError, match="no store"):
        Cache(survives=True)
