"""Questions that wait for a person: who may answer, and what silence means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import Tool
from toolpost.testing import open_services
from toolpost_gateway.web.approvals import Approvals


async def tear_down() -> None:
    """Tear it down."""


@asynccontextmanager
async def asking(folder: Path, patience: float = 60.0) -> AsyncIterator[tuple[Any, Any, list[Any]]]:
    """Two processes with one store: one that asks, and one that may get the answer."""
    told: list[Any] = []
    async with open_services(folder) as services:
        space = services.store.space("gateway")
        here, there = Approvals(space, patience), Approvals(space, patience)

        async def tell(name: str, what: Any) -> None:
            told.append((name, what))

        async def ask() -> bool:
            return await here.ask("ann", tell, Tool(tear_down), {"house": "barn"}, "it destroys")

        yield ask, {"here": here, "there": there}, told


async def question(told: list[Any]) -> str:
    with anyio.fail_after(10):
        while not told:
            await anyio.lowlevel.checkpoint()
    return str(told[0][1]["id"])


@pytest.mark.parametrize("where", ["here", "there"])
@pytest.mark.parametrize("yes", [True, False])
async def test_an_answer_is_heard_wherever_it_comes_in(tmp_path: Path, where: str, yes: bool):
    async with asking(tmp_path) as (ask, at, told), anyio.create_task_group() as tasks:

        async def answer() -> None:
            id = await question(told)
            assert not await at[where].answer("bob", id, True)
            assert not await at[where].answer("ann", "é" * 20, True)
            assert await at[where].answer("ann", id, yes)
            assert not await at[where].answer("ann", id, not yes)

        tasks.start_soon(answer)
        with anyio.fail_after(10):
            assert await ask() is yes
        assert told[-1] == ("approval_ended", {"id": told[0][1]["id"], "approve": yes})


async def test_silence_is_a_no(tmp_path: Path):
    async with asking(tmp_path, patience=0.05) as (ask, at, told):
        assert await ask() is False
        assert not await at["here"].answer("ann", told[0][1]["id"], True)


async def test_who_is_cancelled_leaves_no_question(tmp_path: Path):
    async with asking(tmp_path) as (ask, at, told):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            id = await question(told)
            tasks.cancel_scope.cancel()
        assert not await at["here"].answer("ann", id, True)
