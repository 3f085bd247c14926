"""The hooks: what a plugin may contribute. Each is called once, at start.

(`tools`, `resources` and `prompts` are called again when the plugin says, through `Changes`, that they changed.)

A plugin is a class, named by an entry point of the group `toolpost`, whose
fields are its settings. It implements any of these hooks, marked with
`@hookimpl`. What a hook returns may be async; the hook itself is a plain
function.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from toolpost.gauges import Gauge
    from toolpost.primitives import Prompt, Resource
    from toolpost.routes import Route
    from toolpost.tools.call import Middleware
    from toolpost.tools.tool import Tool

GROUP = "toolpost"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def tools() -> Iterable[Tool]:  # type: ignore[empty-body]  # a specification has no body
    """The functions that models may call.

    ```python
    from dataclasses import dataclass
    from toolpost import Tool, hookimpl

    @dataclass
    class Dice:
        sides: int = 6

        @hookimpl
        def tools(self):
            return [Tool(self.roll, read_only=True)]

        async def roll(self, count: int = 1) -> list[int]:
            '''Roll dice.

            Args:
                count: How many dice to roll.
            '''
            import random
            return [random.randint(1, self.sides) for _ in range(count)]
    ```
    """


@hookspec
def middleware() -> Middleware | None:
    """A layer around every call; layers stand in the order of the configuration, the first is outermost.

    A layer that is an object may have more members, each of them optional:
    `applies_to(tool)`, asked once at start, leaves it out for some tools;
    `explain(call)` says in a line what it would do; `offered(tool)` gives the
    tool as clients are to see it (`tool.with_words(...)`), or None to
    withhold it; `shows(tool, principal)` says whether this caller has it,
    and `denies(tool, context)` whether its calls would be refused as it calls
    now, so that no model is offered it;
    `stream(call)` gives a `TextFilter` for text that is sent bit by bit;
    `policy` is a digest of settings that change answers, so that a cache
    tells them apart; `asks` says that it may ask the caller; `patience` is the seconds that the layer may take by
    itself, None if it bounds itself. A plugin whose layer withholds tools names them with a method `withholds()`:
    `(tool, plugin, why and what to do)` for each, which the command line tells where clients hear of an unknown tool.

    ```python
    from dataclasses import dataclass
    from toolpost import Refused, hookimpl

    @dataclass
    class OfficeHours:
        closes: int = 18

        @hookimpl
        def middleware(self):
            return self.guard

        async def guard(self, call, call_next):
            import datetime
            if datetime.datetime.now().hour >= self.closes:
                raise Refused(f"tools rest after {self.closes}:00")
            return await call_next(call)
    ```
    """


@hookspec
def resources() -> Iterable[Resource]:  # type: ignore[empty-body]
    """What clients may read, by URI.

    ```python
    from toolpost import Resource, hookimpl

    class Motd:
        @hookimpl
        def resources(self):
            return [Resource("motd://today", self.today, mime_type="text/plain")]

        async def today(self) -> str:
            '''The message of the day.'''
            return "Measure twice, cut once."
    ```
    """


@hookspec
def prompts() -> Iterable[Prompt]:  # type: ignore[empty-body]
    """Conversations that a person may start with.

    ```python
    from toolpost import Prompt, hookimpl

    class Review:
        @hookimpl
        def prompts(self):
            return [Prompt(self.review)]

        async def review(self, language: str) -> str:
            '''Ask for a code review.'''
            return f"Review this {language} code, the most serious finding first:"
    ```
    """


@hookspec
def routes() -> Iterable[Route]:  # type: ignore[empty-body]
    """What is served over HTTP beside `/mcp`; asked only where HTTP is served.

    ```python
    from toolpost import Context, Route, hookimpl

    class Hello:
        @hookimpl
        def routes(self):
            return [Route("/hello", self.hello)]

        async def hello(self, context: Context, loud: bool = False) -> dict[str, str]:
            "Greet whoever calls."
            name = context.principal
            return {"hello": name.upper() if loud else name}
    ```
    """


@hookspec
def gauges() -> Iterable[Gauge]:  # type: ignore[empty-body]
    """Numbers for an operator, read when metrics are.

    ```python
    from toolpost import Gauge, hookimpl

    class Desk:
        def __init__(self):
            self.waiting = []

        @hookimpl
        def gauges(self):
            return [Gauge("desk_waiting", "People at the desk.", lambda: len(self.waiting))]
    ```
    """


@hookspec
def lifespan() -> AbstractAsyncContextManager[object]:  # type: ignore[empty-body]
    """What is held open while the host runs.

    ```python
    from contextlib import asynccontextmanager
    from toolpost import hookimpl

    class Journal:
        @hookimpl
        @asynccontextmanager
        async def lifespan(self):
            with open("journal.txt", "a") as self.journal:
                yield
    ```
    """


@hookspec
def commands(cli: click.Group) -> None:
    """Adds to the command line.

    A command that calls tools finds its host, to be opened with `async with`,
    as `click.get_current_context().meta["toolpost.host"]`.

    ```python
    import click
    from toolpost import hookimpl

    class Hello:
        @hookimpl
        def commands(self, cli):
            @cli.command()
            def hello():
                "Greet from a plugin."
                click.echo("hello")
    ```
    """
