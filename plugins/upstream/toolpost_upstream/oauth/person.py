"""Logins of persons: one that is made now, and one that was made before, in another process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import httpx2
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from toolpost_upstream.oauth.failures import LoginNeeded
from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.oauth.kept import Flow, Kept, is_denied, lacks_scope

if TYPE_CHECKING:
    from toolpost_upstream.servers.server import Server

Show = Callable[[str], Awaitable[None]]
Wait = Callable[[], Awaitable[AuthorizationCodeResult]]


class Person(Kept):
    """A person logged in, in another process; here it is used, and renewed as long as that goes."""

    def __init__(self, server: Server, kept: Keeping) -> None:
        super().__init__(server.url, metadata(server, ()), kept)
        self.server, self.kept = server, kept

    async def _auth_flow(self, request: httpx2.Request) -> Flow:
        for is_last in (False, True):
            async with self.context.lock:
                renewing = self._renewed()
                try:
                    outgoing = await anext(renewing)
                    while True:
                        outgoing = await renewing.asend((yield outgoing))
                except StopAsyncIteration:
                    pass
                finally:
                    await renewing.aclose()
            had = self.context.current_tokens is not None
            self._add_auth_header(request)
            response = yield request
            if not is_denied(response):
                return
            if is_last or not had or lacks_scope(response):
                raise LoginNeeded(self.server.name, _wants(response) if had else "wants a login")
            await self._stale()

    async def _renewed(self) -> Flow:
        """Take what another process may have got, else renew the token, in one process at a time."""
        refused = self.context.current_tokens if self.context.token_expiry_time == 1.0 else None
        await self._initialize()
        if self._counts() and not self._is(refused):
            return
        if not self.context.can_refresh_token() or self.kept.space is None:
            return
        async with self.kept.space.lock(self.kept.key):
            await self._initialize()
            if self._counts() and not self._is(refused):
                return
            response = yield await self._refresh_token()
            await self._handle_refresh_response(response)

    def _is(self, refused: OAuthToken | None) -> bool:
        now = self.context.current_tokens
        return refused is not None and now is not None and now.access_token == refused.access_token


class Interactive(Kept):
    """A person logs in, now."""

    def __init__(self, server: Server, kept: Keeping, redirect: str, show: Show, wait: Wait) -> None:
        super().__init__(server.url, metadata(server, (redirect,)), kept, show, wait)
        self.server, self.kept = server, kept


class Scoped(OAuthClientMetadata):
    """Metadata with the scopes that the operator wants, where the SDK would take those that the server names."""

    def __setattr__(self, name: str, value: object) -> None:
        if name != "scope":
            super().__setattr__(name, value)


def metadata(server: Server, redirects: tuple[str, ...]) -> OAuthClientMetadata:
    """What toolpost says of itself where it registers."""
    kind = Scoped if server.oauth.scope else OAuthClientMetadata
    return kind(
        client_name="toolpost",
        redirect_uris=[AnyUrl(one) for one in redirects] or None,
        token_endpoint_auth_method="none",  # noqa: S106 - the name of a way, and no password
        scope=server.oauth.scope or None,
    )


def _wants(response: httpx2.Response) -> str:
    return "wants a login for more than it was given" if lacks_scope(response) else "no longer takes the login"
