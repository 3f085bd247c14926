"""Logins of persons: one that is made now, and one that was made before, in another process."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import httpx2
from mcp.client.auth.utils import union_scopes
from mcp.shared.auth import AuthorizationCodeResult

from toolpost_upstream.oauth.bounded import bound
from toolpost_upstream.oauth.failures import LoginNeeded, ScopeNeeded
from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.oauth.kept import Flow, Kept, is_denied, lacks_scope
from toolpost_upstream.oauth.renewing import renewed
from toolpost_upstream.oauth.wanting import lacking, metadata

if TYPE_CHECKING:
    from toolpost_upstream.servers.server import Server

log = logging.getLogger("toolpost.upstream")
Show = Callable[[str], Awaitable[None]]
Wait = Callable[[], Awaitable[AuthorizationCodeResult]]


class Person(Kept):
    """A person logged in, in another process; here it is used, and renewed as long as that goes."""

    def __init__(self, server: Server, kept: Keeping) -> None:
        super().__init__(server.url, metadata(server), kept)
        self.server, self.kept = server, kept

    async def async_auth_flow(self, request: httpx2.Request) -> Flow:
        """Send at once where there is a token that counts; one that the server refuses is renewed, once."""
        if not (self._initialized and self._counts()):
            await self._renew()
        for is_last in (False, True):
            sent = self._sign(request)
            response = yield request
            if not is_denied(response):
                return
            bound(response)
            if is_last or not await self._other(sent, response):
                raise self._needed(sent, response)

    async def _other(self, sent: str, response: httpx2.Response) -> bool:
        """Whether there is another token now than the one that was refused."""
        await self._renew(refused=sent, can_ask=not lacks_scope(response))
        tokens = self.context.current_tokens
        if tokens is not None and tokens.access_token != sent:
            return True
        if sent and lacks_scope(response):
            await self._note(lacking(response))
        return False

    def _sign(self, request: httpx2.Request) -> str:
        """The token that a request bears from now on; "" for none, where the server may do without."""
        request.headers.pop("authorization", None)
        self._add_auth_header(request)
        tokens = self.context.current_tokens
        return tokens.access_token if tokens is not None else ""

    async def _renew(self, refused: str = "", *, can_ask: bool = True) -> None:
        """Take what another process may have got, else renew the token, in one process at a time."""
        async with self.context.lock:
            await self._initialize()
            if self._is_good(refused) or not (can_ask and self.context.can_refresh_token()):
                return
            async with self.kept.alone():
                await self._initialize()
                if self._is_good(refused) or not self.context.can_refresh_token():
                    return
                # A refresh token can be used once: whoever leaves meanwhile must not take the new one along.
                with anyio.CancelScope(shield=True):
                    await self._ask()

    async def _ask(self) -> None:
        tokens = await renewed(await self._refresh_token(), self.server.name)
        if tokens is not None:
            return await self._take(tokens)
        self.context.clear_tokens()
        await self.kept.save(self.kept.login.model_copy(update={"tokens": None, "expires": None}))
        raise LoginNeeded(self.server.name, "no longer takes the login")

    def _is_good(self, refused: str) -> bool:
        tokens = self.context.current_tokens
        return self._counts() and tokens is not None and tokens.access_token != refused

    async def _note(self, scope: str | None) -> None:
        """The next login asks for what this one lacks."""
        async with self.kept.alone():
            login = await self.kept.load()
            more = union_scopes(login.more, scope)
            if more != login.more:
                log.warning("upstream %r: a call lacks the scope %r", self.server.name, scope)
                await self.kept.save(login.model_copy(update={"more": more}))

    def _needed(self, sent: str, response: httpx2.Response) -> LoginNeeded:
        if sent and lacks_scope(response):
            return ScopeNeeded(self.server)
        return LoginNeeded(self.server.name, "no longer takes the login" if sent else "wants a login")


class Interactive(Kept):
    """A person logs in, now."""

    def __init__(self, server: Server, kept: Keeping, redirect: str, show: Show, wait: Wait) -> None:
        super().__init__(server.url, metadata(server, (redirect,), kept.login.more), kept, show, wait)
        self.server, self.kept = server, kept
