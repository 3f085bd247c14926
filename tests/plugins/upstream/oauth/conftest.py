"""A server of the SDK's that wants a login, with its own authorization server, on loopback."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
import uvicorn
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    AuthorizationParams,
    RefreshToken,
    construct_redirect_uri,
)
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl

from toolpost.testing import open_services
from toolpost_upstream.servers.server import OAuth, Server


@dataclass
class Provider:
    """Gives every client what it asks for; tokens live as long as `lifetime` says."""

    lifetime: int | None = 3600
    denies: bool = False
    clients: dict[str, OAuthClientInformationFull] = field(default_factory=dict)
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    refreshed: int = 0
    scopes: list[str] = field(default_factory=list)

    async def get_client(self, client_id: str) -> OAuthClientInformationFull | None:
        return self.clients.get(client_id)

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        if self.denies:
            return construct_redirect_uri(str(params.redirect_uri), error="access_denied", state=params.state)
        self.scopes = params.scopes or []
        code = AuthorizationCode(
            code=secrets.token_urlsafe(),
            scopes=params.scopes or [],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
        )
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(self, client: OAuthClientInformationFull, code: str) -> AuthorizationCode | None:
        return self.codes.get(code)

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, code: AuthorizationCode
    ) -> OAuthToken:
        del self.codes[code.code]
        return self.tokens(client.client_id, code.scopes)

    async def load_refresh_token(self, client: OAuthClientInformationFull, token: str) -> RefreshToken | None:
        return self.refresh.get(token)

    async def exchange_refresh_token(
        self, client: OAuthClientInformationFull, token: RefreshToken, scopes: list[str]
    ) -> OAuthToken:
        # Each can be used once, as RFC 9700 wants it for public clients.
        del self.refresh[token.token]
        self.refreshed += 1
        return self.tokens(client.client_id, scopes)

    async def load_access_token(self, token: str) -> AccessToken | None:
        return self.access.get(token)

    async def revoke_token(self, token: AccessToken | RefreshToken) -> None:
        self.access.pop(token.token, None)

    def tokens(self, client_id: str, scopes: list[str]) -> OAuthToken:
        access, refresh = f"access-{secrets.token_hex(8)}", f"refresh-{secrets.token_hex(8)}"
        self.access[access] = AccessToken(token=access, client_id=client_id, scopes=scopes)
        self.refresh[refresh] = RefreshToken(token=refresh, client_id=client_id, scopes=scopes)
        return OAuthToken(access_token=access, refresh_token=refresh, expires_in=self.lifetime, scope=" ".join(scopes))


@dataclass
class Site:
    """A server that runs: its address, and who gives its tokens."""

    url: str
    origin: str
    provider: Provider
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=dict)

    def server(self, oauth: OAuth | None = None) -> Server:
        return Server("it", "http", url=self.url, auth="oauth", oauth=oauth or OAuth(), origin="here")


class App:
    """The SDK's application, which keeps what it is asked, and also knows a client that is a machine."""

    def __init__(self, inner: Any, site: Site) -> None:
        self.inner, self.site = inner, site

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.inner(scope, receive, send)
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        self.site.requests.append((scope["method"], scope["path"], headers.get("authorization", "")))
        if scope["path"] == "/token" and self.site.machine:
            return await self.grant(headers, receive, send)
        return await self.inner(scope, receive, send)

    async def grant(self, headers: dict[str, str], receive: Any, send: Any) -> None:
        from starlette.responses import JSONResponse

        form = parse_qs((await receive())["body"].decode())
        status, body = self.site.machine["answer"](form, headers)
        response = JSONResponse(body, status)
        await send({"type": "http.response.start", "status": status, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": response.body})


@pytest.fixture
def site() -> Iterator[Site]:
    provider = Provider()
    config = uvicorn.Config(app=lambda: None, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    listener = config.bind_socket()
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    site = Site(f"{origin}/mcp", origin, provider)
    server = MCPServer(
        "guarded",
        auth_server_provider=provider,
        auth=AuthSettings(
            issuer_url=AnyHttpUrl(origin),
            resource_server_url=AnyHttpUrl(f"{origin}/mcp"),
            client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=["tools", "more"]),
            required_scopes=[],
            validate_token_resource=False,
        ),
    )

    @server.tool()
    def secret() -> str:
        """Tell it."""
        return "sesame"

    config.app = App(server.streamable_http_app(), site)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield site
    running.should_exit = running.force_exit = True
    thread.join(10)


@pytest.fixture
async def services(anyio_backend: str) -> Any:
    async with open_services() as found:
        yield found


async def browser(address: str) -> httpx2.Response:
    """What a person's browser does: it follows, wherever it is sent."""
    async with httpx2.AsyncClient(follow_redirects=True, trust_env=False) as client:
        return await client.get(address)
