"""Equal calls are answered from memory, and nobody gets what is not theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from toolpost import Context, Embedded, Host, Image, Refused, Tool, ToolCall, ToolError, ToolResult, hookimpl
from toolpost.store.sqlite import SQLiteStore
from toolpost_cache import Cache

from .conftest import Clock, Counting


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


async def test_clearing_forgets():
    counting = Counting()
    async with Host([Cache(), counting]) as host:
        await host.call("count")
        assert (await host.call("cache_clear")).text == "forgot 1 answers"
        await host.call("count")
    assert counting.calls == 2


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
    kept = next(iter(cache._memory._entries.values())).answer.now({})
    assert (kept.text, kept.structured) == ("true", {"fact": True})


async def test_an_answer_says_how_old_it_is():
    clock = Clock()
    async with Host([Cache(clock=clock), Counting()]) as host:
        first = await host.call("count")
        clock.now = 12.5
        second = await host.call("count")
    assert "toolpost/cache_age" not in first.meta
    assert second.meta["toolpost/cache_age"] == 12.5


async def test_those_not_used_for_longest_go_first():
    counting = Counting()
    async with Host([Cache(max_entries=3), counting]) as host:
        for text in ("a", "b", "c", "a", "d"):
            await host.call("count", {"text": text})
        found = {text: (await host.call("count", {"text": text})).meta["toolpost/cache"] for text in "acd"}
        assert found == dict.fromkeys("acd", "hit")
        assert (await host.call("count", {"text": "b"})).meta["toolpost/cache"] == "miss"


async def test_an_answer_larger_than_may_be_is_not_kept():
    cache = Cache(max_result_bytes=5_000)
    async with Host([cache, Counting()]) as host:
        for size, kept in ((10, "hit"), (6_000, "miss")):
            await host.call("count", {"text": "x" * size})
            assert (await host.call("count", {"text": "x" * size})).meta["toolpost/cache"] == kept


@pytest.mark.parametrize("jump", [3_600.0, -3_600.0])
async def test_the_clock_on_the_wall_does_not_matter(jump: float, monkeypatch: pytest.MonkeyPatch):
    import time

    real = time.time
    counting = Counting()
    async with Host([Cache(ttl=60), counting]) as host:
        await host.call("count")
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        assert (await host.call("count")).meta["toolpost/cache"] == "hit"


async def test_what_a_client_does_to_an_answer_stays_with_it():
    meta: dict[str, Any] = {"list": [1]}

    class Rich:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.rich, cacheable=True)]

        async def rich(self) -> ToolResult:
            block = Embedded("memo://1", "true")
            return ToolResult.of("true", Image(b"x"), block, structured={"list": [1]}, meta=meta)

    async with Host([Cache(), Rich()]) as host:
        for _ in range(3):
            result = await host.call("rich")
            assert result.structured == {"list": [1]}
            assert result.meta["list"] == [1]
            assert [result.content[0].text, result.content[2].resource.text] == ["true", "true"]
            result.structured["list"].append(2)
            result.meta["list"].append(2)
            result.content[0].text = result.content[2].resource.text = "false"
            result.content[1].data = ""
            meta["list"] = [1]


async def test_only_an_administrator_forgets_what_others_asked():
    async with Host([Cache(), Counting()]) as host:
        with pytest.raises(Refused, match="administrator"):
            await host.call("cache_clear", {}, Context(principal="bob", scopes=frozenset({"call"})))


async def test_gauges_say_how_full_it_is():
    cache = Cache()
    async with Host([cache, Counting()]) as host:
        await host.call("count")
    gauges = {gauge.name: gauge.read() for gauge in cache.gauges()}
    assert gauges["toolpost_cache_entries"] == 1
    assert 500 < gauges["toolpost_cache_bytes"] < 5_000


async def test_the_layer_tells_what_it_would_do():
    cache = Cache(tools_ttl={"count": 5.0})
    async with Host([cache, Counting()]) as host:
        call = ToolCall(host.tools["count"], {})
        assert cache.middleware().explain(call) == "would keep the answer for 5 s"
        await host.call("count")
        assert cache.middleware().explain(call) == "would answer from memory"


class Guard:
    """A layer with settings of its own."""

    def __init__(self, policy: str) -> None:
        self.policy = policy

    @hookimpl
    def middleware(self) -> Any:
        return self

    async def __call__(self, call: Any, call_next: Any) -> ToolResult:
        return await call_next(call)


async def test_what_was_kept_under_another_policy_is_not_given(tmp_path: Path):
    counting = Counting()
    for policy in ("lax", "strict", "strict", "lax"):
        plugins = [Cache(store=SQLiteStore(tmp_path / "store"), survives=True), Guard(policy), counting]
        async with Host(plugins) as host:
            await host.call("count")
    assert counting.calls == 2


async def test_decisions_are_noted():
    contexts = [Context(), Context()]
    async with Host([Cache(), Counting()]) as host:
        for context in contexts:
            await host.call("count", {}, context)
    assert [note.decision for context in contexts for note in context.notes] == ["miss", "hit"]
