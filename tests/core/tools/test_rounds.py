"""Wishes to the client, all waited for at the same time."""

from __future__ import annotations

import anyio
import pytest

from toolpost import Refused, Tool
from toolpost.tools.rounds import at_once


async def test_answers_come_in_the_order_of_the_wishes():
    second = anyio.Event()

    async def waits() -> int:
        await second.wait()
        return 1

    async def sets() -> int:
        second.set()
        return 2

    assert await at_once([waits(), sets()]) == (1, 2)


async def test_the_first_that_fails_ends_the_others():
    ended = []

    async def waits() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    async def fails() -> None:
        raise Refused("no")

    with pytest.raises(Refused, match="no"):
        await at_once([waits(), fails()])
    assert ended == [True]


@pytest.mark.parametrize(
    ("nature", "outlives"),
    [
        ({}, "never"),
        ({"billable": True}, "allowed"),
        ({"timeout": 60.0}, "never"),
        ({"timeout": 61.0}, "allowed"),
        ({"billable": True, "task": "never"}, "never"),
        ({"task": "released"}, "released"),
    ],
)
def test_what_is_paid_for_or_slow_may_outlive_its_request(nature: dict[str, object], outlives: str):
    assert Tool(at_once, input_schema={}, **nature).outlives == outlives
