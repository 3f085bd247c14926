"""Turns of a conversation: asked from this thread, answered in the host's, and stopped by Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import anyio
import click
from anyio.from_thread import BlockingPortal

from toolpost import Context, Host, Tool
from toolpost.kit import ask_at_terminal
from toolpost_gateway.sessions import Head, Reply, Sessions, UnknownSession
from toolpost_gateway.talk import Chosen, Ended, Event
from toolpost_gateway.terminal.album import Album, Kept
from toolpost_gateway.terminal.screen import Screen, shortened

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

SHOWN = 20


@dataclass
class Asked:
    """Something that only the person can answer; `put` asks, in the thread of the terminal."""

    put: Callable[[], Any]
    answer: Any = None
    answered: anyio.Event = field(default_factory=anyio.Event)

    async def settle(self, answer: Any) -> None:
        """Pass the answer on, in the thread of the host."""
        self.answer = answer
        self.answered.set()


Heard = SimpleQueue[Event | Kept | Asked | None]


@dataclass
class Talking:
    """A conversation that is under way, in a session."""

    portal: BlockingPortal
    host: Host
    gateway: Gateway
    screen: Screen
    album: Album
    model: str = ""
    chosen: Sequence[Chosen] | None = None
    session_id: str | None = None
    allowed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sessions = Sessions.of(self.gateway)
        self.loop = self.gateway.loop(self.host)

    def say(self, message: str | list[dict[str, Any]]) -> Reply | None:
        """The answer, which has been shown; None where Ctrl-C stopped it.

        Raises:
            ToolError: no answer could be had.
        """
        heard: Heard = SimpleQueue()
        turn: Future[Reply] = self.portal.start_task_soon(self._turn, message, heard)
        turn.add_done_callback(lambda _: heard.put(None))
        try:
            self._follow(heard)
        except (KeyboardInterrupt, click.Abort):
            turn.cancel()
            return None
        finally:
            self.screen.end()
        reply = turn.result()
        for note in reply.outcome.notes:
            self.screen.say(f"({note})")
        return reply

    def begin(self) -> None:
        """Have a session from the start, so that one whose first answer is stopped goes on all the same."""
        if self.session_id is None:
            self.session_id = self.portal.call(self.sessions.create, self._context().principal).id

    def latest(self) -> bool:
        """Go on with the conversation that was used last; False if there is none."""
        listed = self.listed()
        self.session_id = listed[0].id if listed else None
        return bool(listed)

    def open(self, id: str) -> bool:
        """Go on with a conversation; False if there is none of that name."""
        try:
            self.portal.call(partial(self.sessions.get, self._context().principal, id))
        except UnknownSession:
            return False
        self.session_id = id
        return True

    def listed(self) -> list[Head]:
        """The conversations, the one used last first."""
        return list(self.portal.call(partial(self.sessions.list, self._context().principal)))

    def show_list(self) -> None:
        """Show them."""
        for head in self.listed()[:SHOWN]:
            click.echo(f"{head.id}  {shortened(head.title, 60)}")

    def _follow(self, heard: Heard) -> None:
        """Show what happens until the turn has ended."""
        while (event := heard.get()) is not None:
            if isinstance(event, Asked):
                self.portal.call(event.settle, event.put())
            else:
                self.screen.show(event)

    async def _turn(self, message: str | list[dict[str, Any]], heard: Heard) -> Reply:
        context = self._context()
        asks = self.screen.is_terminal
        if asks:
            context.question = partial(self._question, heard)

        async def emit(event: Event) -> None:
            heard.put(event)
            if isinstance(event, Ended) and event.blocks:
                with suppress(OSError):  # the picture is still where the tool keeps it
                    for kept in await self.album.keep(event.blocks, self._context()):
                        heard.put(kept)

        reply = await self.sessions.say(
            self.loop,
            context,
            message,
            emit,
            session_id=self.session_id,
            approver=partial(self._approve, heard) if asks else None,
            model=self.model,
            chosen=self.chosen,
        )
        self.session_id = reply.session_id
        return reply

    async def _approve(self, heard: Heard, tool: Tool, arguments: Mapping[str, Any], why: str) -> bool:
        if tool.name in self.allowed:
            return True
        answer = await _answer(heard, partial(self.screen.approve, tool, arguments, why))
        if answer == "a":
            self.allowed.add(tool.name)
        return answer in ("y", "a")

    async def _question(self, heard: Heard, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] | None = await _answer(heard, partial(ask_at_terminal, message, schema))
        return answer

    def _context(self) -> Context:
        return Context(surface="cli")


async def _answer(heard: Heard, put: Callable[[], Any]) -> Any:
    asked = Asked(put)
    heard.put(asked)
    await asked.answered.wait()
    return asked.answer
