"""The SDK's OAuth client, made fit for a host: many calls at once, several processes, answers that are not repeated.

The SDK's own flow holds a lock until a response begins, takes a stored token
for one that never expires, and forgets across processes where to renew it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import httpx2
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.auth.utils import extract_field_from_www_auth
from mcp.shared.auth import OAuthToken
from pydantic import ValidationError
from pydantic_core import from_json

from toolpost_upstream.oauth.bounded import PLAIN, bound
from toolpost_upstream.oauth.failures import LoginFailed, code_of, failed_in
from toolpost_upstream.oauth.issuer import Issuer
from toolpost_upstream.oauth.keeping import Keeping, Login
from toolpost_upstream.oauth.wanting import without_scopes

if TYPE_CHECKING:
    from toolpost_upstream.servers.server import Server

# Seconds before its end in which a token is renewed already, since clocks differ and requests take a while; of one
# that lives shorter than most, a tenth.
EARLY, SHARE = 10.0, 0.1
Flow = AsyncGenerator[httpx2.Request, httpx2.Response]


class Kept(OAuthClientProvider):
    """A client whose tokens are a record of ours."""

    server: Server
    kept: Keeping

    async def async_auth_flow(self, request: httpx2.Request) -> Flow:
        """Send at once where there is a token that counts; all else is `_auth_flow`'s."""
        if self._initialized and self._counts():
            sent = self.context.current_tokens
            self._add_auth_header(request)
            response = yield request
            if not is_denied(response):
                return
            bound(response)
            # Meanwhile another request may have got a better one.
            if self.context.current_tokens is sent:
                await self._stale()
        flow = super().async_auth_flow(request)
        try:
            outgoing = await anext(flow)
            while True:
                if outgoing is not request:
                    outgoing.headers.update(PLAIN)
                response = yield outgoing
                if outgoing is not request or is_denied(response):
                    bound(response)
                if outgoing is not request and (again := without_scopes(outgoing, response)):
                    again.headers.update(PLAIN)
                    response = yield again
                    bound(response)
                outgoing = await flow.asend(response)
        except StopAsyncIteration:
            return
        except OAuthFlowError as error:
            raise failed_in(self.server.name, error) from None
        finally:
            await flow.aclose()

    def _select_authorization_server(self, advertised: list[str]) -> str:
        return Issuer(super()._select_authorization_server(advertised))

    async def _initialize(self) -> None:
        await super()._initialize()
        login, context = self.kept.login, self.context
        context.token_expiry_time = _until(login)
        context.oauth_metadata = login.metadata or context.oauth_metadata
        context.protected_resource_metadata = login.resource or context.protected_resource_metadata

    async def _handle_token_response(self, response: httpx2.Response) -> None:
        """As the SDK's, but its errors repeat nothing of the answer, in which a secret may stand."""
        if response.status_code not in (200, 201):
            raise LoginFailed(f"gave no token: {await _reason(response)}")
        tokens = await self._tokens(response)
        if tokens is None:
            raise LoginFailed("gave something that is no token")
        await self._take(tokens)

    async def _handle_refresh_response(self, response: httpx2.Response) -> bool:
        tokens = await self._tokens(response) if response.status_code == 200 else None
        if tokens is None:
            self.context.clear_tokens()
            return False
        await self._take(tokens)
        return True

    async def _tokens(self, response: httpx2.Response) -> OAuthToken | None:
        try:
            return OAuthToken.model_validate_json(await response.aread())
        except ValidationError:
            return None

    async def _take(self, tokens: OAuthToken) -> None:
        """Use tokens from now on, with what of the last ones they do not repeat (RFC 6749, sections 5.1 and 6)."""
        context, before = self.context, self.context.current_tokens
        tokens.scope = tokens.scope or (before.scope if before else context.client_metadata.scope)
        tokens.refresh_token = tokens.refresh_token or (before.refresh_token if before else None)
        context.current_tokens = tokens
        known = {"metadata": context.oauth_metadata, "resource": context.protected_resource_metadata}
        self.kept.login = self.kept.login.model_copy(update={**known, "client": context.client_info})
        await self.kept.set_tokens(tokens)
        context.token_expiry_time = _until(self.kept.login)

    def _counts(self) -> bool:
        """Whether the token is good as far as anybody here knows."""
        context = self.context
        end = context.token_expiry_time
        return bool(context.current_tokens) and (end is None or self.kept.clock() < end)

    async def _stale(self) -> None:
        """The server does not take the token, whatever its end says."""
        self.context.token_expiry_time = 1.0


def is_denied(response: httpx2.Response) -> bool:
    """Whether the server wants another token than it got, or one at all."""
    return response.status_code == 401 or lacks_scope(response)


def lacks_scope(response: httpx2.Response) -> bool:
    """Whether the token is good, and not for this (RFC 6750, section 3.1)."""
    return response.status_code == 403 and extract_field_from_www_auth(response, "error") == "insufficient_scope"


def _until(login: Login) -> float | None:
    """How long a token is used, as Unix time."""
    if login.expires is None or login.tokens is None:
        return None
    return login.expires - min(EARLY, SHARE * (login.tokens.expires_in or 0))


async def _reason(response: httpx2.Response) -> str:
    try:
        body = from_json(await response.aread())
    except ValueError:
        body = {}
    code = code_of(body.get("error") if isinstance(body, dict) else None)
    return f"{code} (status {response.status_code})"
