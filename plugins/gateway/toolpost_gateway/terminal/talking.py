"""Turns of a conversation: asked from this thread, answered in the host's, and stopped by Ctrl-C."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import click
from anyio.from_thread import BlockingPortal

from toolpost import Context, Host, Tool
from toolpost_gateway.sessions import Head, Reply, Sessions, UnknownSession
from toolpost_gateway.talk import Chosen, Ended, Event
from toolpost_gateway.terminal.album import Album
from toolpost_gateway.terminal.asking import Asked, Heard, answered
from toolpost_gateway.terminal.models import missing
from toolpost_gateway.terminal.recalled import recalled
from toolpost_gateway.terminal.screen import Screen, shortened
from toolpost_gateway.terminal.typed import forget
from toolpost_gateway.toolless import toolless
from toolpost_openai.mending import no_tools

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

SHOWN, NOTE = 20, 500
WAITS = "(an earlier answer of this conversation has not ended yet; this one comes after it)"


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
    tells_of_tools: bool = False
    allowed: set[tuple[str, str]] = field(default_factory=set)
    noted: set[str] = field(default_factory=set)

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
        self._note(reply.record.notes)
        return reply

    def introduce(self) -> None:
        """Say what a person should know before the first word."""
        if words := toolless(self.gateway.openai):
            self.screen.say(words)
            self.tells_of_tools = True
        self.recall()

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

    def missing(self, model: str) -> str:
        """Why a model cannot answer that a person names; empty if it can."""
        return self.portal.call(missing, self.gateway.openai, model)

    def listed(self) -> list[Head]:
        """The conversations, the one used last first."""
        return list(self.portal.call(partial(self.sessions.list, self._context().principal)))

    def show_list(self) -> None:
        """Show them."""
        for head in self.listed()[:SHOWN]:
            click.echo(f"{head.id}  {shortened(head.title, 60)}")

    def recall(self) -> None:
        """Show where the conversation stands that is gone on with."""
        if self.session_id is None:
            return
        who = self._context().principal
        head = self.portal.call(self.sessions.get, who, self.session_id)
        turns = self.portal.call(self.sessions.turns, who, self.session_id)
        for words in recalled(head, turns[-1] if turns else None):
            self.screen.say(words)

    def _note(self, notes: Iterable[str]) -> None:
        """Say what is to be said beside an answer, once each."""
        for note in notes:
            if note not in self.noted and not (self.tells_of_tools and note.endswith(no_tools(""))):
                self.screen.say(f"({shortened(note, NOTE)})")
            self.noted.add(note)

    def _follow(self, heard: Heard) -> None:
        """Show what happens until the turn has ended."""
        while (event := heard.get()) is not None:
            match event:
                case Asked():
                    forget()
                    self.portal.call(event.settle, event.put())
                case str():
                    self.screen.say(event)
                case _:
                    self.screen.show(event)

    async def _turn(self, message: str | list[dict[str, Any]], heard: Heard) -> Reply:
        context = self._context()
        asks = self.screen.is_terminal
        if asks:
            context.question = partial(self._question, heard)

        async def emit(event: Event) -> None:
            heard.put(event)
            if isinstance(event, Ended) and event.blocks:
                await self._keep(event.blocks, heard)

        # As after Ctrl-C, while a tool that does not heed it is still at work.
        if self.session_id and await self.sessions.is_answering(context.principal, self.session_id):
            heard.put(WAITS)
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

    async def _keep(self, blocks: Sequence[Any], heard: Heard) -> None:
        try:
            for kept in await self.album.keep(blocks, self._context()):
                heard.put(kept)
        except OSError as error:  # the pictures are still where the tool keeps them
            why = error.strerror or error
            heard.put(f"  pictures cannot be kept in {self.album.folder}: {why}; --save names another folder")

    async def _approve(self, heard: Heard, tool: Tool, arguments: Mapping[str, Any], why: str) -> bool:
        # Where the reason is another, as a host that nobody has named, it is another question.
        if (tool.name, why) in self.allowed:
            return True
        answer = await answered(heard, partial(self.screen.approve, tool, arguments, why))
        if answer == "a":
            self.allowed.add((tool.name, why))
        return answer in ("y", "a")

    async def _question(self, heard: Heard, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        answer: Mapping[str, Any] | None = await answered(heard, partial(self.screen.ask, message, schema))
        return answer

    def _context(self) -> Context:
        return Context(surface="cli")
