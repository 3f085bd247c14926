"""What may be kept, for how long and for whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from toolpost import Context, Host, InvalidArguments, Refused, Tool, ToolError, ToolResult, Unavailable, hookimpl
from toolpost.store.sqlite import SQLiteStore
from toolpost_cache import Cache

from .conftest import Clock


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


class Says:
    """Answers with the result that it is given."""

    def __init__(self, result: Any, **nature: Any) -> None:
        self.result = result
        self.nature = nature
        self.calls = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.say, cacheable=True, **self.nature)]

    async def say(self, context: Context) -> ToolResult:
        """Say it."""
        self.calls += 1
        return await self.result(context) if callable(self.result) else self.result


async def outcomes(says: Says, *principals: str, **settings: Any) -> list[str]:
    """What the cache says to calls of these principals, one after the other."""
    async with Host([Cache(**settings), says]) as host:
        results = [await host.call("say", {}, Context(principal=name)) for name in principals]
    return [result.meta["toolpost/cache"] for result in results]


@pytest.mark.parametrize(
    "meta",
    [
        {"toolpost/unfinished": True},
        {"toolpost/partial": True},
        {"resultType": "input_required"},
        {"resultType": None},
        {"ttlMs": 0},
        {"ttlMs": -5},
        {"ttlMs": -(10**400)},
        {"bad": object()},
        {"bad": float("nan")},
        {"bad": "\ud800"},
    ],
    ids=[str(number) for number in range(10)],
)
async def test_what_is_no_whole_answer_is_not_kept(meta: dict[str, Any]):
    assert await outcomes(Says(ToolResult.of("x", meta=meta)), "ann", "ann") == ["miss", "miss"]


async def test_a_result_that_is_an_error_is_not_kept():
    says = Says(ToolResult.of("x"))
    says.result = replace(says.result, is_error=True)
    assert await outcomes(says, "ann", "ann") == ["miss", "miss"]


@pytest.mark.parametrize("error", [ToolError, Refused, Unavailable, InvalidArguments, ZeroDivisionError])
async def test_no_failure_is_kept(error: type[Exception]):
    async def fail_once(context: Context) -> ToolResult:
        if says.calls == 1:
            raise error("no")
        return ToolResult.of("yes")

    says = Says(fail_once)
    async with Host([Cache(), says]) as host:
        with pytest.raises(ToolError):
            await host.call("say")
        assert (await host.call("say")).text == "yes"


async def test_an_answer_to_what_a_person_said_is_not_kept():
    async def ask(context: Context) -> ToolResult:
        return ToolResult.of("yes" if await context.ask("Sure?", bool) else "no")

    said: list[bool] = [True, False]

    async def question(message: str, schema: Any) -> Any:
        return {"confirm": said.pop(0)}

    async with Host([Cache(), Says(ask)]) as host:
        contexts = [Context(question=question), Context(question=question)]
        assert [(await host.call("say", {}, context)).text for context in contexts] == ["yes", "no"]
        assert all(context.question is question for context in contexts)


async def test_an_answer_to_what_a_client_has_is_not_kept():
    class Peer:
        def __init__(self, root: str) -> None:
            self.root = root

        def can(self, capability: str) -> bool:
            return True

        async def inquire(self, inquiry: Any, key: str | None) -> Any:
            return (self.root,)

    async def look(context: Context) -> ToolResult:
        return ToolResult.of(str((await context.roots())[0]))

    async with Host([Cache(), Says(look)]) as host:
        contexts = [Context(peer=Peer(name)) for name in ("one", "two")]  # type: ignore[arg-type]  # all that is asked of it
        assert [(await host.call("say", {}, context)).text for context in contexts] == ["one", "two"]


@pytest.mark.parametrize(
    ("tool", "result", "shared"),
    [
        ({}, {}, False),
        ({"cacheScope": "private"}, {}, False),
        ({"cacheScope": "public"}, {}, True),
        ({}, {"cacheScope": "public"}, True),
        ({"cacheScope": "public"}, {"cacheScope": "private"}, False),
        ({"cacheScope": "public"}, {"cacheScope": "whatever"}, False),
        ({}, {"cacheScope": ["public"]}, False),
        ({}, {"cacheScope": "Public"}, False),
    ],
)
@pytest.mark.parametrize("survives", [False, True])
async def test_only_what_says_that_it_is_public_is_for_all(
    tool: dict[str, Any], result: dict[str, Any], shared: bool, survives: bool, tmp_path: Path
):
    says = Says(ToolResult.of("x", meta=result), meta=tool)
    store = SQLiteStore(tmp_path / "store") if survives else None
    found = await outcomes(says, "ann", "bob", "ann", store=store, survives=survives)
    assert found == ["miss", "hit" if shared else "miss", "hit"]
    if survives:
        found = await outcomes(says, "eve", "ann", store=SQLiteStore(tmp_path / "store"), survives=True)
        assert found == ["hit" if shared else "miss", "hit"]


@pytest.mark.parametrize(
    ("tool", "result", "good_for"),
    [
        ({}, {}, 60.0),
        ({}, {"ttlMs": 5_000}, 5.0),
        ({"ttlMs": 5_000}, {}, 5.0),
        ({"ttlMs": 5_000}, {"ttlMs": 2_000.5}, 2.0005),
        ({}, {"ttlMs": 10**400}, 60.0),
        ({}, {"ttlMs": 1e300}, 60.0),
        ({}, {"ttlMs": "1"}, 60.0),
        ({}, {"ttlMs": True}, 60.0),
        ({}, {"ttlMs": None}, 60.0),
    ],
)
async def test_an_answer_is_good_for_no_longer_than_it_says(
    tool: dict[str, Any], result: dict[str, Any], good_for: float
):
    clock, says = Clock(), Says(ToolResult.of("x", meta=result), meta=tool)
    async with Host([Cache(ttl=60, clock=clock), says]) as host:
        await host.call("say")
        clock.now = good_for * 0.999
        assert (await host.call("say")).meta["toolpost/cache"] == "hit"
        clock.now = good_for * 1.001
        assert (await host.call("say")).meta["toolpost/cache"] == "miss"
