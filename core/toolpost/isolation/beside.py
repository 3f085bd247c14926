"""What a plugin on a loop of its own has of the host: the same services and contexts, across."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from copy import copy
from functools import partial
from typing import Any, TypeVar

import anyio

from toolpost.changes import Change, Changes
from toolpost.isolation.crossing import Loop, across
from toolpost.reader import Reader
from toolpost.tools.asking import asked, waited
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.peer import Inquiry, Level, Peer

Answer = TypeVar("Answer")


class Home:
    """The way to the host's loop, once both run."""

    def __init__(self) -> None:
        self.plugin: object = None
        self.here: Loop | None = None
        self.there: Loop | None = None

    async def do(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do something in the host's loop."""
        if self.here is None or self.there is None:
            return await work()
        return await across(self.there, self.here, work)


class ChangesBeside(Changes):
    """The host's own, for one plugin."""

    def __init__(self, changes: Changes, home: Home) -> None:
        super().__init__()
        self._changes, self._home = changes, home

    async def tools(self, plugin: object) -> None:
        """As `Changes.tools`; the host knows another object as the plugin."""
        await self._home.do(lambda: self._changes.tools(self._home.plugin))

    async def resources(self, plugin: object) -> None:
        """As `Changes.resources`."""
        await self._home.do(lambda: self._changes.resources(self._home.plugin))

    async def prompts(self, plugin: object) -> None:
        """As `Changes.prompts`."""
        await self._home.do(lambda: self._changes.prompts(self._home.plugin))

    async def updated(self, uri: str) -> None:
        """As `Changes.updated`."""
        await self._home.do(lambda: self._changes.updated(uri))

    def tell(self, change: Change) -> None:
        """As `Changes.tell`."""
        if self._home.here is not None:
            self._home.here.post(partial(self._changes.tell, change))


class ReaderBeside(Reader):
    """The host's own."""

    def __init__(self, reader: Reader, home: Home) -> None:
        super().__init__()
        self._reader, self._home = reader, home

    async def read(self, uri: str, context: Context | None = None) -> ToolResult:
        """As `Reader.read`."""
        own = context if context is None else context.__dict__.get("_of_host", context)
        return await self._home.do(lambda: self._reader.read(uri, own))


def context_beside(context: Context, remaining: float, home: Home) -> Context:
    """The context of a call for the plugin's loop, which counts time by a clock of its own; made in that loop."""
    other = copy(context)
    other.__dict__.update(call_id=context.call_id, _of_host=context)
    other.deadline = anyio.current_time() + remaining if remaining < math.inf else math.inf
    # What waits for the client prolongs the host's deadline, and not this one.
    other.departure = None
    other.report = None if context.report is None else lambda *said: home.do(partial(context.progress, *said))
    if context.question is not None:
        other.question = lambda message, schema: home.do(partial(asked, context, message, schema, None))
    other.peer = None if context.peer is None else PeerBeside(context.peer, context, home)
    return other


class PeerBeside:
    """The client at the other end, across."""

    def __init__(self, peer: Peer, context: Context, home: Home) -> None:
        self._peer, self._context, self._home = peer, context, home

    @property
    def memory(self) -> dict[str, Any]:
        """As `Peer.memory`."""
        return self._peer.memory

    def can(self, capability: str) -> bool:
        """As `Peer.can`."""
        return self._peer.can(capability)

    async def question(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        """As `Context.question`."""
        return await self._home.do(partial(asked, self._context, message, schema, None))

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        """As `Peer.inquire`."""
        return await self._home.do(lambda: waited(self._context, self._peer.inquire(inquiry, key)))

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """As `Peer.log`."""
        await self._home.do(partial(self._peer.log, level, message, logger))

    async def release(self) -> None:
        """As `Peer.release`."""
        await self._home.do(self._peer.release)
