"""One login of a person: asked for by a request that the server refuses, kept when it is complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import anyio
import httpx2
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyUrl

from toolpost_upstream.oauth.failures import LoginFailed
from toolpost_upstream.oauth.keeping import Keeping, Login
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
        LoginFailed: it did not work; what was kept before is untouched.
    """
    kept = Keeping.of(server, store)
    staged = kept.staged()
    try:
        with anyio.fail_after(seconds):
            async with listening(server.oauth.redirect_port) as loopback:
                await _ask(server, staged, loopback, show)
    except TimeoutError:
        raise LoginFailed(f"waited {seconds:g} s, and nobody logged in; run it again") from None
    except httpx2.HTTPError as error:
        raise LoginFailed(f"cannot be reached: {type(error).__name__}; check its url") from None
    if staged.login.tokens is None:
        return False
    await kept.save(staged.login)
    return True


async def _ask(server: Server, staged: Keeping, loopback: Loopback, show: Callable[[str], Awaitable[None]]) -> None:
    async def sent(address: str) -> None:
        loopback.expect(address)
        await show(address)

    staged.login = Login(client=_registered(server, loopback.redirect))
    provider = Interactive(server, staged, loopback.redirect, sent, loopback.answer)
    headers = {name: value.get_secret_value() for name, value in server.headers.items()}
    async with httpx2.AsyncClient(auth=provider, headers=headers, timeout=REQUEST_SECONDS) as client:
        method, content = ("GET", None) if server.transport == "sse" else ("POST", HELLO)
        async with client.stream(method, server.url, json=content, headers={"Accept": ACCEPT}) as response:
            session, status = response.headers.get("mcp-session-id"), response.status_code
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
