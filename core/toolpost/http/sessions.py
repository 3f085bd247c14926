"""Sessions of the handshake era: the SDK's, with longer names and an end that others hear of."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, authorization_context
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from toolpost.http.caller import Caller
from toolpost.tools.context import Client

# The SDK's own are UUIDs of 122 random bits.
RANDOM_BYTES = 24


class Sessions(StreamableHTTPSessionManager):
    """Open sessions; `clients` are those that finished their handshake, by session."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.clients: dict[bytes, Client] = {}

    def _admit_session(self, requestor: Any) -> StreamableHTTPServerTransport | None:
        if self.max_sessions is not None and len(self._server_instances) >= self.max_sessions:
            return None
        transport = StreamableHTTPServerTransport(
            mcp_session_id=secrets.token_urlsafe(RANDOM_BYTES),
            is_json_response_enabled=self.json_response,
            event_store=self.event_store,
            security_settings=self.security_settings,
            retry_interval=self.retry_interval,
            idle_timeout=self.session_idle_timeout,
        )
        session = transport.mcp_session_id or ""
        if requestor is not None:
            self._session_owners[session] = requestor
        self._server_instances[session] = transport
        return transport

    async def _discard_session(self, session_id: str, transport: StreamableHTTPServerTransport) -> None:
        self.clients.pop(session_id.encode(), None)
        await super()._discard_session(session_id, transport)

    def is_owner(self, session: bytes, scope: dict[str, Any]) -> bool:
        """Whether a request is from who opened the session."""
        known = self._session_owners.get(session.decode("ascii", "replace"))
        return known is not None and known == authorization_context(scope["user"])

    def touch(self, session: bytes) -> None:
        """The session is in use: its time to idle begins anew."""
        transport = self._server_instances.get(session.decode("ascii", "replace"))
        if transport is not None and transport.idle_scope is not None and not transport._requests_in_flight:
            transport.idle_scope.deadline = anyio.current_time() + (transport._idle_timeout or 0)


@lru_cache(maxsize=1024)
def owner(caller: Caller) -> AuthenticatedUser:
    """A caller as the SDK knows users: by this it keeps a session with who opened it."""
    return AuthenticatedUser(AccessToken(token="", client_id=caller.principal, scopes=sorted(caller.scopes)))
