"""Tools with one fault each, by the rule that they break."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import anyio
from pydantic import Field

from toolpost import Context, InvalidArguments, Tool, ToolResult, hookimpl

OBJECT = {"type": "object", "additionalProperties": False}


class Tools:
    """A plugin of tools that a test hands it."""

    def __init__(self, *tools: Tool) -> None:
        self._tools = tools

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return self._tools


async def good(city: str, days: int = 1) -> dict[str, int]:
    """Forecast the weather of a city.

    Args:
        city: The name of the city.
        days: How many days to look ahead.
    """
    return {city: days}


async def wordless(city: Annotated[str, Field(description="A city.")]) -> str:
    return city


async def parameterless_words(city: str) -> str:
    """Forecast the weather of a city."""
    return city


async def takes(arguments: Mapping[str, Any]) -> str:
    """Take whatever a raw schema says."""
    return "taken"


def raw(**schema: Any) -> Tool:
    return Tool(takes, input_schema={**OBJECT, **schema}, read_only=True)


async def crashes() -> str:
    """Fail without a word."""
    raise KeyError("city")


async def crashes_at_the_edge(city: Annotated[str, Field(description="A city.")]) -> str:
    """Look at the first letter of a city."""
    return city[0]


async def refuses_what_fits(city: Annotated[str, Field(description="A city.")]) -> str:
    """Know one city alone."""
    raise InvalidArguments("city: must be Oslo")


async def breaks_its_annotation() -> list[int]:
    """Answer something else than is said."""
    return ["one"]  # type: ignore[list-item]


async def breaks_its_schema(arguments: Mapping[str, Any]) -> ToolResult:
    """Answer something else than the schema says."""
    return ToolResult.of("x", structured={"sky": 7})


async def answers_too_much() -> str:
    """Answer more than any client takes."""
    return "x" * 1_500_000


async def prints() -> str:
    """Print what it does."""
    print("working")
    return "done"


async def blocks() -> str:
    """Hold the event loop."""
    time.sleep(0.6)
    return "done"


async def swallows() -> str:
    """Work on whatever the caller does."""
    with contextlib.suppress(BaseException):
        await anyio.sleep(5)
    return "done"


async def goes_on() -> str:
    """Work on for ever."""
    with anyio.CancelScope(shield=True):
        await anyio.sleep_forever()
    return ""


def works_on_in_its_thread() -> str:
    """Work on in a thread."""
    until = time.monotonic() + 4
    while time.monotonic() < until:
        time.sleep(0.01)
    return "done"


def checks_in_its_thread(context: Context) -> str:
    """Work in a thread, and look after the caller."""
    until = time.monotonic() + 4
    while time.monotonic() < until:
        time.sleep(0.01)
        context.blocking.check()
    return "done"


async def goes_backwards(context: Context) -> str:
    """Report progress that falls."""
    for done in (1, 3, 2):
        await context.progress(done, 3)
    return "done"


async def goes_beyond(context: Context) -> str:
    """Report progress beyond the end."""
    await context.progress(5, 3)
    return "done"
