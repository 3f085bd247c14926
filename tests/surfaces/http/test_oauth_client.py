"""The SDK's client finds its way from a refusal to a token, with nothing but our address."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.auth.oauth2 import AuthorizationCodeResult
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from oauth import authority
from reaching import CONFIG, reached

BACK = "http://127.0.0.1:1/back"


class Storage(TokenStorage):
    """What a client remembers."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Opens the page of the authorization server, agrees, and is sent back."""

    back = ""

    async def go(self, url: str) -> None:
        async with httpx2.AsyncClient(trust_env=False) as browser:
            self.back = (await browser.get(url)).headers["location"]

    async def return_(self) -> AuthorizationCodeResult:
        found = {name: values[0] for name, values in parse_qs(urlsplit(self.back).query).items()}
        return AuthorizationCodeResult(code=found["code"], state=found["state"], iss=found.get("iss"))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_client_gets_a_token_by_itself(tmp_path: Path, mode: str, anyio_backend: str):
    port = free_port()
    url = f"http://localhost:{port}/mcp"
    with authority() as issuer:
        oauth = f'[http.oauth]\nissuer = "{issuer.issuer}"\naudience = "{url}"\nscopes = {{ "tools" = "call" }}\n'
        with reached(tmp_path, oauth + CONFIG, "--port", str(port)) as server:
            person = Person()
            wanted = OAuthClientMetadata.model_validate({"redirect_uris": [BACK], "client_name": "test"})
            auth = OAuthClientProvider(url, wanted, Storage(), person.go, person.return_)
            async with (
                httpx2.AsyncClient(auth=auth, trust_env=False) as http,
                Client(streamable_http_client(url, http_client=http), mode=mode) as client,
            ):
                answer = await client.call_tool("who", {})
            assert answer.structured_content is not None
            assert answer.structured_content["principal"] == "ann"
            assert "Traceback" not in server.stderr()
