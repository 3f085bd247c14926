"""Changes of what is offered while the host runs: a service for plugins, and what surfaces listen to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import anyio

if TYPE_CHECKING:
    from toolpost.host import Host

Kind = Literal["tools", "resources", "prompts", "resource"]
# Those of which there are lists.
KINDS: tuple[Kind, ...] = ("tools", "resources", "prompts")

# Changes that wait for one listener.
PENDING = 10_000


@dataclass(frozen=True)
class Change:
    """Something is offered now that was not, or no longer, or reads differently: then `uri` says what."""

    kind: Kind
    uri: str = ""


class Subscription:
    """Changes as they come, of those that are wanted. Equal ones that nobody has looked at yet are one."""

    def __init__(self, wanted: Callable[[Change], bool]) -> None:
        self._wanted = wanted
        self._pending: dict[Change, None] = {}
        self._arrived = anyio.Event()

    def add(self, change: Change) -> None:
        """There is something to tell."""
        if not self._wanted(change):
            return
        self._pending[change] = None
        # Of one that never looks, the oldest are forgotten: it will read all of it anew when it does.
        if len(self._pending) > PENDING:
            del self._pending[next(iter(self._pending))]
        self._arrived.set()

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            await self._arrived.wait()
            self._arrived = anyio.Event()
            while self._pending:
                change = next(iter(self._pending))
                del self._pending[change]
                yield change


class Changes:
    """A plugin says that what it offers has changed; the host asks it again, and clients are told.

    ```python
    @dataclass
    class Ports:
        changes: Changes

        async def plugged(self, port):
            self._ports.append(port)
            await self.changes.tools(self)
    ```
    """

    def __init__(self) -> None:
        self._host: Host | None = None
        self._subscriptions: set[Subscription] = set()

    def bind(self, host: Host) -> None:
        """From now on, what changes is this host's; the first one stays, whatever it becomes."""
        self._host = self._host or host

    async def tools(self, plugin: object) -> None:
        """Ask a plugin for its tools again; if it fails to answer, it keeps those it had."""
        self._again(plugin, "tools")

    async def resources(self, plugin: object) -> None:
        """As `tools`, for resources."""
        self._again(plugin, "resources")

    async def prompts(self, plugin: object) -> None:
        """As `tools`, for prompts."""
        self._again(plugin, "prompts")

    async def updated(self, uri: str) -> None:
        """A resource reads differently from now on."""
        self.tell(Change("resource", uri))

    def tell(self, change: Change) -> None:
        """Tell every surface that listens."""
        for subscription in self._subscriptions:
            subscription.add(change)

    @contextmanager
    def subscribed(self, wanted: Callable[[Change], bool] = lambda change: True) -> Iterator[Subscription]:
        """Listen to what is wanted, from now until the block ends."""
        subscription = Subscription(wanted)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def _again(self, plugin: object, kind: Literal["tools", "resources", "prompts"]) -> None:
        if self._host is not None and self._host.ask_again(plugin, kind):
            self.tell(Change(kind))
