"""`oidc-provider`, a certified authorization server, and a server of the SDK's that takes its tokens."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import jwt
import uvicorn
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from pydantic import AnyHttpUrl
from pydantic_core import from_json
from starlette.responses import Response

from toolpost_upstream.servers.server import OAuth, Server

PERSON = {"login": "ann", "password": "any"}


@dataclass
class Guarded:
    """A server, to which `rare` needs a scope that its metadata does not name; it has `refused` some tokens."""

    issuer: str
    url: str
    audience: str
    refused: set[str] = field(default_factory=set)
    callers: list[str] = field(default_factory=list)

    async def verify_token(self, token: str) -> AccessToken | None:
        """As the SDK's `TokenVerifier`."""
        try:
            key = jwt.PyJWKClient(f"{self.issuer}/jwks").get_signing_key_from_jwt(token)
            said = jwt.decode(token, key, algorithms=["ES256"], audience=self.audience, issuer=self.issuer)
        except jwt.PyJWTError:
            return None
        self.callers.append(said["sub"])
        scopes = said["scope"].split()
        return None if token in self.refused else AccessToken(token=token, client_id=said["client_id"], scopes=scopes)

    def server(self, oauth: OAuth | None = None) -> Server:
        return Server("it", "http", url=self.url, auth="oauth", oauth=oauth or OAuth(), origin="here")


class Stepped:
    """The SDK's application, but that calls of `rare` need the scope `more` (RFC 6750, section 3.1)."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.inner(scope, receive, send)
        first = await receive()
        if b'"rare"' in first["body"] and "more" not in _scopes(dict(scope["headers"])):
            wanted = {"www-authenticate": 'Bearer error="insufficient_scope", scope="more"'}
            return await Response(status_code=403, headers=wanted)(scope, receive, send)
        pending = [first]

        async def again() -> Any:
            return pending.pop() if pending else await receive()

        await self.inner(scope, again, send)


def _scopes(headers: dict[bytes, bytes]) -> list[str]:
    token = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["scope"]).split() if token else []


@contextmanager
def guarded(issuer: str, audience: str = "") -> Iterator[Guarded]:
    """A running server."""
    config = uvicorn.Config(app=lambda: None, host="127.0.0.1", port=0, log_level="critical", lifespan="on")
    listener = config.bind_socket()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    made = Guarded(issuer, url, audience or url)
    auth = AuthSettings(
        issuer_url=AnyHttpUrl(issuer),
        resource_server_url=AnyHttpUrl(url),
        required_scopes=["tools"],
        validate_token_resource=False,
    )
    server = MCPServer("guarded", token_verifier=made, auth=auth)
    for name in ("secret", "rare"):
        server.add_tool(_telling(name), name=name)
    config.app = Stepped(server.streamable_http_app())
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        running.should_exit = running.force_exit = True
        thread.join(10)


def _telling(word: str) -> Any:
    def tell() -> str:
        """Tell a word."""
        return word

    return tell


@dataclass
class Visitor:
    """A person with a browser, who fills in what the authorization server shows; `agrees` to it or not."""

    agrees: bool = True
    iss: str = ""
    asked: str = ""
    shown: str = ""

    async def visit(self, address: str) -> None:
        """Go where toolpost sends one, as far as it goes."""
        self.asked = address
        async with httpx2.AsyncClient(trust_env=False) as browser:
            request: httpx2.Request | None = browser.build_request("GET", address)
            while request is not None:
                response = await browser.send(self._led(request))
                request = response.next_request or self._filled(browser, response)
        self.shown = response.text

    def _led(self, request: httpx2.Request) -> httpx2.Request:
        """Somebody in between says that another authorization server has answered."""
        if not self.iss or request.url.path != "/callback":
            return request
        query = {**request.url.params, "iss": self.iss}
        return httpx2.Request("GET", request.url.copy_with(query=urlencode(query).encode()))

    def _filled(self, browser: httpx2.AsyncClient, page: httpx2.Response) -> httpx2.Request | None:
        form = re.search(r'<form[^>]* action="([^"]+)".*name="prompt" value="(\w+)"', page.text, re.DOTALL)
        if form is None:
            return None
        if form[2] == "consent" and not self.agrees:
            return browser.build_request("GET", f"{page.url}/abort")
        data = {"prompt": form[2], **(PERSON if form[2] == "login" else {})}
        return browser.build_request("POST", page.url.join(form[1]), data=data)


def revoke(issuer: str, client: str, token: str) -> None:
    """End a login at the authorization server (RFC 7009)."""
    known = from_json(httpx2.get(f"{issuer}/.well-known/oauth-authorization-server", trust_env=False).content)
    answer = httpx2.post(known["revocation_endpoint"], data={"token": token, "client_id": client}, trust_env=False)
    assert answer.status_code == 200
