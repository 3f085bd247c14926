"""Pictures of twelve megabytes pass, and the server stays light and awake."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from toolpost_openai.testing import ScriptedServer
from toolpost_openai.testing_images import picture, pictures

from .drawing import House, links, noise

pytestmark = pytest.mark.slow

# Seconds. On an idle machine it is a third; a decoder on the event loop would hold it up for ten times as long.
PAUSE = 0.25
GROWTH = 60_000_000


@pytest.fixture
def anyio_backend() -> str:
    """That of the client; the server's goes with the era."""
    return "asyncio"


@pytest.fixture(params=["legacy", "2026-07-28"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with ScriptedServer() as provider:
        yield House(tmp_path, provider, request.param, plugins="\n[plugins.pulse]\n")


async def longest_pause(client: Client, work: Callable[[], Awaitable[Any]]) -> float:
    """How long the server's event loop stood still at most, in seconds, while it did some work."""
    pauses: list[float] = []

    async def beat() -> None:
        pauses.extend((await client.call_tool("beat", {})).structured_content["result"])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beat)
        await work()
        await client.call_tool("rest", {})
    return max(pauses)


async def test_nothing_holds_up_other_calls(house: House):
    large = picture(noise(2048))
    async with house.client() as client:
        house.provider.replies += [pictures(), pictures(large), pictures(large, large), pictures(large)]
        await client.call_tool("generate_image", {"prompt": "the first, for which much is imported"})
        drawn: list[str] = []

        async def draw() -> None:
            drawn.extend(links(await client.call_tool("generate_image", {"prompt": "a cat"})))

        works: dict[str, Callable[[], Awaitable[Any]]] = {
            "drawn": draw,
            "two drawn": lambda: client.call_tool("generate_image", {"prompt": "two cats", "n": 2}),
            "changed": lambda: client.call_tool("edit_image", {"prompt": "snow", "image": drawn[0]}),
            "read": lambda: client.read_resource(drawn[0]),
            "shown": lambda: client.call_tool("show_gallery", {}),
        }
        pauses = {name: await longest_pause(client, work) for name, work in works.items()}
    assert {name: pause for name, pause in pauses.items() if pause > PAUSE} == {}


async def test_memory_stays_flat_over_two_hundred_pictures(house: House):
    async with house.client() as client:
        weights = [await weight_after(client, house, range(start, start + 50)) for start in range(0, 200, 50)]
    assert weights[-1] - weights[0] < GROWTH, weights


async def weight_after(client: Client, house: House, seeds: range) -> int:
    for seed in seeds:
        house.provider.replies.append(pictures(picture(noise(512, seed))))
        result = await client.call_tool("generate_image", {"prompt": f"picture {seed}"})
        assert links(result)
    weight: int = (await client.call_tool("weight", {})).structured_content["result"]
    return weight
