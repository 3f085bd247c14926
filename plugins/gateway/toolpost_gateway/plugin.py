"""The plugin: its settings, its routes and its command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any
from weakref import WeakKeyDictionary

from pydantic import Field

from toolpost import Artefacts, Host, Route, Store, Tool, hookimpl
from toolpost_gateway.talk import Approval, Lender, Loader
from toolpost_openai import OpenAI

if TYPE_CHECKING:
    import click

    from toolpost_gateway.loop import Loop, Terms
    from toolpost_gateway.sessions import Sessions

Count = Annotated[int, Field(ge=1)]


@dataclass
class Gateway:
    """OpenAI's API with this host's tools, conversations that last, and a page to have them on.

    `model` answers where a request names none. `tools` are names or patterns
    of what a model may call unless a request chooses, `tools_by_principal`
    others for some callers. `approval` says which calls need somebody's yes;
    those of tools in `allowed` never do. `hosts` are those whose addresses calls may carry without one.
    One answer takes at most so many `rounds`, `calls`, `seconds` and `dollars`
    (0: no bound of its own). `response_hours` is how long an answer of the Responses
    API can be gone on with, 0 meaning not at all.
    """

    openai: OpenAI
    store: Store
    artefacts: Artefacts
    pictures: Loader | None = None
    gallery: Lender | None = None
    model: str = "chat.fast"
    tools: list[str] = field(default_factory=lambda: ["*"])
    tools_by_principal: dict[str, list[str]] = field(default_factory=dict)
    approval: Approval = "destructive"
    allowed: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    most_tools: Annotated[int, Field(ge=1, le=128)] = 128
    rounds: Count = 10
    calls: Annotated[int, Field(ge=0)] = 50
    seconds: Annotated[float, Field(gt=0)] = 600.0
    dollars: Annotated[float, Field(ge=0)] = 0.0
    at_once: Count = 8
    picture_links: bool = True
    response_hours: Annotated[float, Field(ge=0)] = 24.0
    responses: Annotated[int, Field(ge=1, le=65_536)] = 1000
    session_tokens: Annotated[int, Field(ge=256)] = 16_000
    session_days: Annotated[float, Field(gt=0)] = 30.0
    sessions: Count = 1000
    session_bytes: Annotated[int, Field(ge=10_000)] = 2_000_000

    def __post_init__(self) -> None:
        self._loops: WeakKeyDictionary[Host, dict[int, Loop]] = WeakKeyDictionary()

    @property
    def terms(self) -> Terms:
        """What a model may do for one answer."""
        from toolpost_gateway.loop import Terms

        return Terms(
            model=self.model,
            tools=tuple(self.tools),
            tools_by_principal={who: tuple(names) for who, names in self.tools_by_principal.items()},
            approval=self.approval,
            allowed=tuple(self.allowed),
            hosts=tuple(self.hosts),
            most_tools=self.most_tools,
            rounds=self.rounds,
            calls=self.calls,
            seconds=self.seconds,
            dollars=self.dollars,
            at_once=self.at_once,
            pictures=self.picture_links,
        )

    def loop(self, host: Host, calls: int | None = None) -> Loop:
        """What asks the model, and calls the tools of this host for it, fewer of them where a request says so."""
        most = self.calls if calls is None else min(calls, self.calls)
        loops = self._loops.setdefault(host, {})
        if most not in loops:
            from toolpost_gateway.loop import Loop

            # It remembers what it has made of the host's tools.
            terms = replace(self.terms, calls=most)
            loops[most] = Loop(host, self.openai, terms, self.store, self.pictures, self.gallery)
        return loops[most]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Forget conversations that have expired, every hour."""
        from toolpost_gateway.sweeping import sweeping

        async with sweeping(self._sessions):
            yield

    def _sessions(self) -> Sessions:
        from toolpost_gateway.sessions import Sessions

        return Sessions.of(self)

    def unlisted(self) -> list[Tool]:
        """The question to a model, which is a call and in no list."""
        from toolpost_gateway.loop.model import model_tool

        async def nobody(arguments: Mapping[str, Any]) -> None:
            """Stands for the model where nothing is asked."""

        return [model_tool(nobody, self.seconds)]

    @hookimpl
    def routes(self) -> Iterator[Route]:
        # What speaks HTTP is there only where it is served.
        from toolpost_gateway import web
        from toolpost_gateway.wire.routes import routes

        yield from routes(self)
        yield from web.routes(self)

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        from toolpost_gateway.terminal import command

        cli.add_command(command(self))
