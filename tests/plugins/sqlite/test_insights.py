from __future__ import annotations

import anyio
import pytest

from toolpost import InvalidArguments
from toolpost.changes import Change
from toolpost.testing import Services, open_host, principal
from toolpost_sqlite import SQLite

MEMO = "memo://insights"


def opened(services: Services, database: str = "/tmp/none/shop.db"):
    return open_host(SQLite, services=services, settings={"sqlite": {"database": database}})


async def memo(host, who=None) -> str:
    return (await host.read(MEMO, who))[1].text


async def test_insights_survive_a_restart(toolpost_services):
    async with opened(toolpost_services) as host:
        assert "No insights yet" in await memo(host)
        await host.call("append_insight", {"insight": "Ann buys most"})
    async with opened(toolpost_services) as host:
        await host.call("append_insight", {"insight": "in May\nand June"})
        assert await memo(host) == "Insights from the database (2):\n\n- Ann buys most\n- in May\n  and June\n"


async def test_each_caller_and_each_database_has_a_memo(toolpost_services):
    async with opened(toolpost_services) as host:
        await host.call("append_insight", {"insight": "mine"}, principal("ann"))
        assert "mine" in await memo(host, principal("ann"))
        assert "mine" not in await memo(host, principal("ben"))
    async with opened(toolpost_services, "/tmp/none/other.db") as host:
        assert "mine" not in await memo(host, principal("ann"))


async def test_none_is_lost_that_come_at_once(toolpost_services):
    async with opened(toolpost_services) as host:
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(host.call, "append_insight", {"insight": f"insight {number}"})
        assert "(10)" in await memo(host)


async def test_the_oldest_go_first(toolpost_services):
    async with opened(toolpost_services) as host:
        for number in range(25):
            await host.call("append_insight", {"insight": f"{number:02}" + "x" * 9_998})
        text = await memo(host)
    assert "- 05x" in text
    assert "- 04x" not in text


@pytest.mark.parametrize("insight", ["", "  \n", "x" * 10_001])
async def test_nothing_and_too_much_is_no_insight(toolpost_services, insight):
    async with opened(toolpost_services) as host:
        with pytest.raises(InvalidArguments, match="1 to 10000 characters"):
            await host.call("append_insight", {"insight": insight})


async def test_who_watches_the_memo_is_told(toolpost_services):
    async with opened(toolpost_services) as host:
        with host.changes.subscribed() as subscription:
            await host.call("append_insight", {"insight": "new"})
            with anyio.fail_after(5):
                async for change in subscription:
                    assert change == Change("resource", MEMO)
                    break


async def test_half_a_character_does_not_stand_in_the_way_of_the_others(toolpost_services):
    async with opened(toolpost_services) as host:
        await host.call("append_insight", {"insight": "Ann buys most"})
        with pytest.raises(InvalidArguments, match="lone surrogate"):
            await host.call("append_insight", {"insight": "half \ud800"})
        assert "Ann buys most" in await memo(host)
