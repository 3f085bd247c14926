"""One login of a person: asked for by a request that the server refuses, kept when it is complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import httpx2
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyUrl

from toolpost_upstream.oauth import hush
from toolpost_upstream.oauth.failures import LoginFailed, ScopeNeeded
from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.oauth.kept import lacks_scope
from toolpost_upstream.oauth.loopback import Loopback, listening
from toolpost_upstream.oauth.person import Interactive

if TYPE_CHECKING:
    from toolpost import Store
    from toolpost_upstream.servers.server import Server

ACCEPT = "application/json, text/event-stream"
# What a client says first in the era of the handshake; servers of the other one refuse it too, if nobody is logged in.
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "toolpost", "version": "0"},
    },
}
REQUEST_SECONDS = 30.0


async def log_in(server: Server, store: Store, show: Callable[[str], Awaitable[None]], seconds: float) -> bool:
    """Log in; `show` brings the address to the person. False where the server wanted no login.

    Raises:
        LoginFailed: it did not work; the login that was kept before is untouched.
        ScopeNeeded: it worked, and is good for less than the server wants.
    """
    hush()
    kept = Keeping.of(server, store)
    staged = kept.staged()
    staged.login.more = await _lacked(kept)
    try:
        with anyio.fail_after(seconds):
            async with listening(server.oauth.redirect_port) as loopback:
                await _ask(server, staged, loopback, show)
    except TimeoutError:
        raise LoginFailed(f"was not logged in to within {seconds:g} s; run it again") from None
    except httpx2.HTTPError as error:
        raise LoginFailed(_unreached(server, error)) from None
    if staged.login.tokens is None:
        return False
    async with kept.alone():
        await kept.save(staged.login)
    return True


async def _lacked(kept: Keeping) -> str | None:
    """The scopes that calls have lacked; asked for once, since who gives the login may not know them."""
    async with kept.alone():
        login = await kept.load()
        if login.more:
            await kept.save(login.model_copy(update={"more": None}))
    return login.more


def _unreached(server: Server, error: httpx2.HTTPError) -> str:
    what = type(error).__name__
    if httpx2.URL(server.url).netloc == error.request.url.netloc:
        return f"cannot be reached: {what}; check its url"
    return f"names an authorization server that cannot be reached: {what}; ask who runs it"


async def _ask(server: Server, staged: Keeping, loopback: Loopback, show: Callable[[str], Awaitable[None]]) -> None:
    async def sent(address: str) -> None:
        loopback.expect(address)
        await show(address)

    staged.login.client = _registered(server, loopback.redirect)
    provider = Interactive(server, staged, loopback.redirect, sent, loopback.answer)
    headers = {name: value.get_secret_value() for name, value in server.headers.items()}
    async with httpx2.AsyncClient(auth=provider, headers=headers, timeout=REQUEST_SECONDS) as client:
        method, content = ("GET", None) if server.transport == "sse" else ("POST", HELLO)
        async with client.stream(method, server.url, json=content, headers={"Accept": ACCEPT}) as response:
            session, status = response.headers.get("mcp-session-id"), response.status_code
        if server.oauth.scope and lacks_scope(response):
            raise ScopeNeeded(server)
        if status in (401, 403):
            raise LoginFailed(f"does not take the login that it gave (HTTP {status}); ask who runs it")
        if session:
            # Whatever it answers, nothing of it is read.
            async with client.stream("DELETE", server.url, headers={"mcp-session-id": session}):
                pass


def _registered(server: Server, redirect: str) -> OAuthClientInformationFull | None:
    """Who toolpost is, where the operator has registered it."""
    ours = server.oauth
    if not ours.client_id:
        return None
    secret = ours.client_secret.get_secret_value()
    return OAuthClientInformationFull(
        client_id=ours.client_id,
        client_secret=secret or None,
        redirect_uris=[AnyUrl(redirect)],
        token_endpoint_auth_method="client_secret_post" if secret else "none",
        issuer=ours.issuer or None,
    )
