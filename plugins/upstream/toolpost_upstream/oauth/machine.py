"""A server's login that needs nobody: client credentials (RFC 6749, section 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider

from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.oauth.kept import Kept

if TYPE_CHECKING:
    from toolpost_upstream.servers.server import Server


class Machine(Kept, ClientCredentialsOAuthProvider):
    """Logs in by itself, with what the operator was given for it."""

    def __init__(self, server: Server, kept: Keeping) -> None:
        ours = server.oauth
        ClientCredentialsOAuthProvider.__init__(
            self,
            server.url,
            kept,
            ours.client_id,
            ours.client_secret.get_secret_value(),
            scope=ours.scope or None,
            issuer=ours.issuer,
        )
        self.server, self.kept = server, kept

    async def _perform_authorization(self) -> httpx2.Request:
        self.context.client_metadata.scope = self.server.oauth.scope or self.context.client_metadata.scope
        return await super()._perform_authorization()

    async def _stale(self) -> None:
        await super()._stale()
        self.context.current_tokens = None
