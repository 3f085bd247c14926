"""Sees to one open connection: what it says unasked, and whether it still stands."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import anyio
from anyio.abc import TaskGroup

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.life.backoff import Unrest
from toolpost_upstream.life.state import RESTLESS
from toolpost_upstream.offers.tools import wanted
from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.listing import Listed, listed
from toolpost_upstream.session.session import ServerError, Session
from toolpost_upstream.session.watching import read, subscribe, watch
from toolpost_upstream.wires.wire import JSONObject, Wire, WireError

log = logging.getLogger("toolpost.upstream")


class Minding:
    """`over` is set when the connection has ended, and `why` says for what reason."""

    def __init__(self, server: Server, wire: Wire, bounds: Bounds, unrest: Unrest) -> None:
        self._server, self._wire, self._bounds, self._unrest = server, wire, bounds, unrest
        self.over = anyio.Event()
        self.why = ""
        self._stale = anyio.Event()
        self._updated: Callable[[str], None] = lambda uri: None
        wire.heard = self._heard

    async def carry(self) -> None:
        """Have the wire carry what comes, until it ends."""
        try:
            await self._wire.run()
        except WireError as error:
            self.ended(str(error))

    def ended(self, why: str) -> None:
        """It is over; the first reason counts."""
        self.why = self.why or why
        self._wire.close(self.why)
        self.over.set()

    async def within(self, found: Listed) -> Listed:
        """What of a list is wanted; raises `WireError` where that is more than may be taken."""
        found = replace(found, tools=wanted(self._server, found.tools))
        for kind in ("tools", "resources", "templates", "prompts"):
            count = len(getattr(found, kind))
            if count > self._bounds.tools:
                raise WireError(
                    f"offers {count} {kind}, and at most {self._bounds.tools} are taken; "
                    "name those that you want in `only`, or raise `tools`"
                )
        return found

    async def subscribe(self, session: Session, found: Listed) -> None:
        """Have a server tell of changes, where that must be asked for one by one."""
        await subscribe(session, self._watched(found))

    def begin(
        self,
        tasks: TaskGroup,
        session: Session,
        first: Listed,
        take: Callable[[Listed], None],
        updated: Callable[[str], None],
    ) -> None:
        """From now on `take` is given the lists as they change, and `updated` addresses of what reads differently."""
        self._updated = updated
        tasks.start_soon(partial(self._watch, session, self._watched(first)))
        tasks.start_soon(self._refresh, session, take)

    def _watched(self, found: Listed) -> list[str]:
        uris = [str(item["uri"]) for item in found.resources if isinstance(item.get("uri"), str)]
        return uris[: self._bounds.watched]

    def _heard(self, message: JSONObject) -> None:
        kind, uri = read(message)
        if kind == "resource":
            self._updated(uri)
        elif kind:
            self._stale.set()

    async def _watch(self, session: Session, uris: list[str]) -> None:
        try:
            await watch(session, uris, self._heard)
        except (WireError, ServerError):
            # Then nothing is heard, and the lists are looked at from time to time.
            pass

    async def _refresh(self, session: Session, take: Callable[[Listed], None]) -> None:
        while True:
            with anyio.move_on_after(self._bounds.refresh):
                await self._stale.wait()
            self._stale = anyio.Event()
            try:
                with anyio.fail_after(self._server.start_timeout):
                    take(await self.within(await listed(session, self._bounds)))
            except TimeoutError:
                return self.ended(f"does not answer within {self._server.start_timeout:g} s")
            except ServerError as error:
                return self.ended(f"refuses: {error}")
            except WireError as error:
                return self.ended(str(error))
            await anyio.sleep(self._pause())

    def _pause(self) -> float:
        before, pause = self._unrest.lasts, self._unrest.pause()
        if self._unrest.lasts and not before:
            log.warning("upstream %r: it %s", self._server.name, RESTLESS)
        return pause
