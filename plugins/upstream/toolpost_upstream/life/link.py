"""One server from the first attempt on: connected, listened to, and tried again when it is down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio

from toolpost import Context, Unavailable
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.calls.conversation import Conversation
from toolpost_upstream.calls.failures import of_server, of_wire
from toolpost_upstream.calls.parking import Parking
from toolpost_upstream.life.backoff import Backoff, Unrest
from toolpost_upstream.life.minding import Minding
from toolpost_upstream.life.state import Status
from toolpost_upstream.servers.secrets import secrets_of, without
from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.listing import Listed, listed
from toolpost_upstream.session.opening import opened
from toolpost_upstream.session.session import ServerError, Session
from toolpost_upstream.wires.ways import Way, way
from toolpost_upstream.wires.wire import JSONObject, WireError

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger("toolpost.upstream")


class Link:
    """Keeps a server connected while `run` runs; `listed` is what it offers, nothing while it is down.

    `changed` is told when that is something else, `updated` of a resource
    that reads differently; `settled` is set when the first attempt has ended
    one way or the other.
    """

    def __init__(
        self,
        server: Server,
        bounds: Bounds,
        changed: Callable[[Link], None],
        updated: Callable[[Link, str], None],
        auth: Callable[[Server], httpx2.Auth | None],
    ) -> None:
        self.server, self.bounds = server, bounds
        self.listed = Listed()
        self.session: Session | None = None
        self.settled = anyio.Event()
        self._changed, self._updated, self._auth = changed, updated, auth
        self._secrets = secrets_of(server)
        self._parking = Parking()
        self._backoff, self._unrest = Backoff(bounds), Unrest()
        self._why = ""
        self._since = self._next = 0.0
        self._woken = anyio.Event()

    async def run(self) -> None:
        """Connect, and connect again, for ever."""
        self._since = anyio.current_time()
        while True:
            why = without(await self._attempted(), self._secrets)
            up = anyio.current_time() - self._since if not self._why and self.settled.is_set() else 0.0
            wait = self._backoff.failed(up)
            if not self._why:
                self._since = anyio.current_time()
            if self._backoff.row <= 3 or why != self._why:
                log.warning("upstream %r: it %s; tried again in %.1f s", self.server.name, why, wait)
            self._why, self._next = why, anyio.current_time() + wait
            self.settled.set()
            self._woken = anyio.Event()
            with anyio.move_on_after(wait):
                await self._woken.wait()

    def wake(self) -> None:
        """Try again now, if it is down."""
        self._woken.set()

    async def ask(
        self, method: str, params: JSONObject, context: Context, headers: Mapping[str, str] | None = None
    ) -> JSONObject:
        """As `Ask`."""
        session, name = self.session, self.server.name
        if session is None:
            wait = max(0.0, self._next - anyio.current_time())
            raise Unavailable(f"upstream {name!r} is not there: {self.status.sentence}", retry_after=wait + 1)
        try:
            return await Conversation(name, session, self._parking, context).run(method, params, headers)
        except WireError as error:
            raise of_wire(name, error, self._secrets) from None
        except ServerError as error:
            raise of_server(name, error, self._secrets) from None

    @property
    def status(self) -> Status:
        """How it stands with the server now."""
        now, session = anyio.current_time(), self.session
        status = {"name": self.server.name, "transport": self.server.transport, "seconds": now - self._since}
        if session is None:
            is_down = bool(self._why)
            again = max(0.0, self._next - now) if is_down else None
            condition: Any = "down" if is_down else "starting"
            return Status(**status, condition=condition, why=self._why, next_try=again, attempts=self._backoff.row)  # type: ignore[arg-type]  # the values are of several types
        wire, about = session.wire, session.about
        meter = getattr(wire, "meter", None)
        return Status(
            **status,  # type: ignore[arg-type]  # the values are of several types
            condition="up",
            restless=self._unrest.lasts,
            era="stateless" if wire.stateless else "handshake",
            version=wire.version,
            about=f"{str(about.get('name', ''))[:64]} {str(about.get('version', ''))[:32]}".strip(),
            tools=len(self.listed.tools),
            resources=len(self.listed.resources) + len(self.listed.templates),
            prompts=len(self.listed.prompts),
            noise=meter.noise if meter else 0,
        )

    async def _attempted(self) -> str:
        """As `_live`; what nobody foresaw ends this connection, and not those to all other servers."""
        why = ""
        try:
            why = await self._live()
        except* Exception as group:
            log.error("upstream %r misbehaves", self.server.name, exc_info=group)
            why = f"misbehaves ({type(_first(group)).__name__}); the log has more"
        return why

    async def _live(self) -> str:
        """One connection from beginning to end, and why it has ended."""
        try:
            async with way(self.server, self.bounds, self._auth(self.server)) as found:
                why = await self._hold(found)
                self._drop()
                return await found.explain(why)
        except WireError as error:
            return str(error)
        finally:
            self._drop()

    async def _hold(self, found: Way) -> str:
        minding = Minding(self.server, found.wire, self.bounds, self._unrest)
        session = Session(found.wire)
        try:
            return await self._held(found, minding, session)
        finally:
            # Also where the host itself ends: nobody may wait for what will not come.
            found.wire.close(minding.why or "is left")

    async def _held(self, found: Way, minding: Minding, session: Session) -> str:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(found.beside)
            tasks.start_soon(minding.carry)
            try:
                with anyio.fail_after(self.server.start_timeout):
                    await opened(session, self.server)
                    offered = await minding.within(await listed(session, self.bounds))
                    await minding.subscribe(session, offered)
            except TimeoutError:
                minding.ended(f"does not answer within {self.server.start_timeout:g} s")
            except ServerError as error:
                minding.ended(f"refuses: {error}")
            except WireError as error:
                minding.ended(str(error))
            else:
                self._stand(session, offered)
                minding.begin(tasks, session, offered, self._take, lambda uri: self._updated(self, uri))
                await minding.over.wait()
            tasks.cancel_scope.cancel()
        return minding.why

    def _stand(self, session: Session, offered: Listed) -> None:
        self.session, self._why, self._since = session, "", anyio.current_time()
        self._take(offered)
        self.settled.set()

    def _take(self, offered: Listed) -> None:
        self._parking.sweep()
        if offered != self.listed:
            self.listed = offered
            self._changed(self)

    def _drop(self) -> None:
        if self.session is not None:
            self.session = None
            self.listed = Listed()
            self._changed(self)


def _first(error: BaseException) -> BaseException:
    """What stands first in groups of groups."""
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
