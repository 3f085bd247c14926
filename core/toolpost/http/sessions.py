"""Sessions of the handshake era: the SDK's, with longer names and an end that others hear of."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, authorization_context
from mcp.server.auth.provider import AccessToken
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.message import SessionMessage
from mcp_types import INTERNAL_ERROR, JSONRPCNotification

from toolpost.config.tables import Http
from toolpost.http.caller import ANYONE, Caller
from toolpost.http.refusal import Refusal
from toolpost.server.events import Events
from toolpost.tools.context import Client

# The SDK's own are UUIDs of 122 random bits.
RANDOM_BYTES = 24
# Milliseconds after which a client comes back to a stream that was closed, and seconds that it has for it.
RETRY, BACK = 1000, 3.0
# Of all sessions, those that one token may have; and seconds after which it is worth while to try again.
SHARE, AGAIN = 0.5, 30
FULL = "all sessions are in use; end one of them, or try again later"
# Clients of this version are told where they are in a stream, and can take it up again.
RESUMES = b"2025-11-25"


class Sessions(StreamableHTTPSessionManager):
    """Open sessions; `clients` are those that finished their handshake, by session, and `on_end` hears who ended."""

    def __init__(self, server: Server[Any], settings: Http, events: Events | None = None) -> None:
        super().__init__(
            server,
            stateless=settings.stateless,
            retry_interval=RETRY if events else None,
            session_idle_timeout=None if settings.stateless else settings.session_seconds,
            max_request_body_size=settings.body_bytes,
            max_sessions=settings.sessions,
        )
        self.clients: dict[bytes, Client] = {}
        self.on_end: Callable[[bytes], None] = lambda session: None
        self.is_busy: Callable[[bytes], bool] = lambda session: False
        self._events = events

    def is_owner(self, session: bytes, scope: Mapping[str, Any]) -> bool:
        """Whether a request is from who opened the session."""
        known = self._session_owners.get(_text(session))
        return known is not None and known == authorization_context(scope["user"])

    def touch(self, session: bytes) -> None:
        """The session is in use: its time to idle begins anew."""
        transport = self._server_instances.get(_text(session))
        if transport is not None and transport.idle_scope is not None and not transport._requests_in_flight:
            transport.idle_scope.deadline = anyio.current_time() + (transport._idle_timeout or 0)

    def runs(self, session: bytes, message_id: Any) -> bool:
        """Whether a request of this id is under way in a session."""
        transport = self._server_instances.get(_text(session))
        return transport is not None and str(message_id) in transport._request_streams

    def close_streams(self) -> None:
        """End the streams on which clients wait for whatever may come."""
        for transport in self._server_instances.values():
            transport.close_standalone_sse_stream()

    async def close(self) -> None:
        """End all sessions; one that is cancelled in the middle of a request would wait to say so, for nobody."""
        for transport in list(self._server_instances.values()):
            await transport.terminate()

    def left(self, headers: Mapping[bytes, bytes], message: Mapping[str, Any]) -> None:
        """A client left before its request was answered; what nobody comes back for is not worked on."""
        transport = self._server_instances.get(_text(headers.get(b"mcp-session-id", b"")))
        if transport is None or "id" not in message or self._task_group is None:
            return
        can_resume = self._events is not None and headers.get(b"mcp-protocol-version", b"") >= RESUMES
        self._task_group.start_soon(_cancel, transport, message["id"], BACK if can_resume else 0)

    def _admit_session(self, requestor: Any) -> StreamableHTTPServerTransport | None:
        self._make_room(requestor)
        session = secrets.token_urlsafe(RANDOM_BYTES)
        transport = StreamableHTTPServerTransport(
            mcp_session_id=session,
            event_store=self._events.session() if self._events else None,
            retry_interval=self.retry_interval,
            idle_timeout=self.session_idle_timeout,
        )
        if requestor is not None:
            self._session_owners[session] = requestor
        self._server_instances[session] = transport
        return transport

    def _make_room(self, requestor: Any) -> None:
        """End a session that nobody uses, where there are too many of one caller's or of all callers'.

        Raises:
            Refusal: all are in use.
        """
        most, who = self.max_sessions or 0, str(requestor["client_id"])
        owners = {session: str(owner["client_id"]) for session, owner in self._session_owners.items()}
        held = Counter(owners.values())
        mine = held[who]
        # Without tokens all callers are one.
        has_share = mine >= most * SHARE and who != ANYONE.principal
        if not has_share and len(self._server_instances) < most:
            return
        # Whoever has more makes room for whoever has less, and never the other way round.
        giving = {who} if has_share else {who, *(one for one, number in held.items() if number > mine)}
        idle = [session for session, one in owners.items() if one in giving and self._is_idle(session)]
        if not idle:
            raise Refusal(503, FULL, headers=((b"retry-after", b"%d" % AGAIN),), code=INTERNAL_ERROR)
        self._end(max(idle, key=lambda session: (held[owners[session]], -self._idle_at(session))))

    def _is_idle(self, session: str) -> bool:
        # One that is not known by its client is still being opened.
        name = session.encode()
        return (
            name in self.clients and not self._server_instances[session]._requests_in_flight and not self.is_busy(name)
        )

    def _idle_at(self, session: str) -> float:
        scope = self._server_instances[session].idle_scope
        return scope.deadline if scope is not None else 0.0

    def _end(self, session: str) -> None:
        assert self._task_group is not None
        transport = self._server_instances.pop(session)
        self._session_owners.pop(session)
        self._task_group.start_soon(self._discard_session, session, transport)

    async def _discard_session(self, session_id: str, transport: StreamableHTTPServerTransport) -> None:
        self.clients.pop(session_id.encode(), None)
        self.on_end(session_id.encode())
        await super()._discard_session(session_id, transport)


async def _cancel(transport: StreamableHTTPServerTransport, message_id: Any, seconds: float) -> None:
    """Cancel a request in its client's name, unless the client is back by then."""
    await anyio.sleep(seconds)
    writer = transport._read_stream_writer
    if str(message_id) in transport._request_streams or writer is None:
        return
    params = {"requestId": message_id, "reason": "the client left"}
    cancelled = JSONRPCNotification(jsonrpc="2.0", method="notifications/cancelled", params=params)
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        await writer.send(SessionMessage(cancelled))


def _text(session: bytes) -> str:
    return session.decode("ascii", "replace")


@lru_cache(maxsize=1024)
def owner(caller: Caller) -> AuthenticatedUser:
    """A caller as the SDK knows users: by this it keeps a session with who opened it."""
    return AuthenticatedUser(AccessToken(token="", client_id=caller.principal, scopes=sorted(caller.scopes)))
