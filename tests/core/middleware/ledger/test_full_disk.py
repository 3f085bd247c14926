"""Where nothing can be written, nothing is begun; what was paid for is never lost for that."""

from __future__ import annotations

from typing import Any

import pytest

from toolpost import Artefacts, Context, ToolError, ToolResult, Unavailable
from toolpost.store.space import Full

META = "toolpost/ledger"


class Failing:
    """Makes a method of an object fail from its n-th call on, until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str, first: int = 0) -> None:
        self.broken, self.calls, self.first = True, 0, first
        original = getattr(owner, method)

        async def call(*given: Any, **named: Any) -> Any:
            self.calls += 1
            if self.broken and self.calls > self.first:
                raise Full("the disk is full")
            return await original(*given, **named)

        monkeypatch.setattr(owner, method, call, raising=True)


@pytest.mark.parametrize("method", ["get", "set", "swap"])
async def test_what_cannot_be_written_down_is_not_called(home: Any, monkeypatch: pytest.MonkeyPatch, method: str):
    failing = Failing(monkeypatch, home.store, method)
    async with home.host() as host:
        with pytest.raises(Unavailable, match="full"):
            await host.call("paint")
        assert home.painter.calls == 0
        failing.broken = False
        assert (await host.call("paint")).text == "painting 1"


async def test_a_budget_that_cannot_be_kept_refuses(dear: Any, monkeypatch: pytest.MonkeyPatch):
    Failing(monkeypatch, dear.store, "count")
    async with dear.host(daily=1.0) as host:
        with pytest.raises(Unavailable):
            await host.call("paint")
    assert dear.painter.calls == 0


async def test_an_answer_that_cannot_be_kept_is_given_once(home: Any, monkeypatch: pytest.MonkeyPatch):
    async def put(self: Artefacts, content: bytes) -> str:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(Artefacts, "put", put)
    async with home.host() as host:
        first = await host.call("paint")
        assert first.text == "painting 1"
        assert first.meta[META]["kept"] is False
        with pytest.raises(ToolError, match="it was carried out, and its result could not be kept"):
            await host.call("paint")
    assert home.painter.calls == 1


@pytest.mark.parametrize("meta", [{"toolpost/usage": {"model": "\ud800"}}, {"other": b"\xff"}])
async def test_an_answer_that_is_no_json_is_given_once(home: Any, meta: Any):
    async def plan(context: Context) -> ToolResult:
        return ToolResult.of("done", meta=meta)

    home.painter.plan = plan
    async with home.host() as host:
        assert (await host.call("paint")).meta[META]["kept"] is False
        with pytest.raises(ToolError, match="could not be kept"):
            await host.call("paint")


async def test_an_error_with_half_a_character_is_written_down(home: Any):
    async def plan(context: Context) -> ToolResult:
        raise ToolError("half \ud800")

    home.painter.plan = plan
    async with home.host() as host:
        with pytest.raises(ToolError):
            await host.call("paint")
    assert [record.said for record in await home.records()] == ["half ?"]


async def test_an_end_that_cannot_be_written_down_is_written_later(home: Any, monkeypatch: pytest.MonkeyPatch):
    failing = Failing(monkeypatch, home.store, "swap", first=1)
    ledger = home.ledger()
    async with home.host(ledger) as host:
        assert (await host.call("paint")).meta[META]["kept"] is False
        assert (await host.call("paint")).text == "painting 1"
        failing.broken = False
        await ledger.book.beat()
    assert [record.state for record in await home.records()] == ["finished"]
    assert home.painter.calls == 1


async def test_until_then_other_processes_do_not_make_the_call(home: Any, monkeypatch: pytest.MonkeyPatch):
    Failing(monkeypatch, home.store, "swap", first=1)
    async with home.host() as host:
        await host.call("paint")
    async with home.host() as host:
        with pytest.raises(ToolError, match="ended before it had an answer"):
            await host.call("paint")
    assert home.painter.calls == 1
