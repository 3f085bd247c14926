"""The edge: what every request passes first, whatever its path."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any

import anyio

from toolpost.cancellation import is_real
from toolpost.crash import account
from toolpost.http import body
from toolpost.http.body import Gone, Receive
from toolpost.http.caller import CALLER, REQUEST_ID, Caller, Verifier
from toolpost.http.names import Names
from toolpost.http.protocol import CONNECTION
from toolpost.http.refusal import Refusal, as_json, as_jsonrpc

Scope = dict[str, Any]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("toolpost.http")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST, DELETE"),
    (b"access-control-max-age", b"600"),
    (b"vary", b"origin, access-control-request-headers"),
)
EXPOSED = b"mcp-session-id, x-request-id, retry-after"
_PROCESS = token_hex(4)
_COUNTED = count(1)


@dataclass(frozen=True)
class Edge:
    """Checks names, sizes and who calls, then hands on: MCP at its path, all else to `other`."""

    names: Names
    verifier: Verifier
    challenge: bytes
    body_bytes: int
    path: str
    mcp: App
    other: App
    record: Callable[[Scope, int, float], None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        request_id = scope[REQUEST_ID] = f"{_PROCESS}-{next(_COUNTED):x}"
        headers: dict[bytes, bytes] = dict(scope["headers"])
        connection = scope.get(CONNECTION)
        response = Response(send, connection, ((b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")))
        with anyio.CancelScope() as gone:
            if connection is not None:
                connection.lost = gone.cancel
            try:
                await self._checked(scope, headers, receive, response)
            except Gone:
                pass
            except Refusal as refusal:
                await self._refuse(scope, refusal, response)
            except BaseException as error:
                if is_real(error):
                    raise
                log.error("request %s crashed\n%s", request_id, "\n".join(account(error)))
                await self._refuse(scope, Refusal(500, f"this failed unexpectedly (reference {request_id})"), response)
            finally:
                if connection is not None:
                    connection.lost = None
        if self.record is not None:
            self.record(scope, response.status, perf_counter() - began)

    async def _checked(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, response: Response) -> None:
        host = _text(headers.get(b"host"))
        _form(scope)
        if not self.names.takes_host(host) or _twice(scope, b"host"):
            raise Refusal(421, "this server is not known by the name that the request gives", "misdirected_request")
        origin = headers.get(b"origin")
        if origin is not None:
            self._origin(_text(origin) or "", host or "", response)
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await self._preflight(headers, response)
                return
        body.check(headers, self.body_bytes)
        caller = scope[CALLER] = await self.verifier.caller(headers.get(b"authorization"))
        if scope["path"] == self.path:
            self._require(caller, "call")
            await self.mcp(scope, receive, response)
        else:
            await self.other(scope, body.bounded(receive, self.body_bytes), response)

    def _origin(self, origin: str, host: str, response: Response) -> None:
        if not self.names.takes_origin(origin, host):
            raise Refusal(403, "pages of this origin may not call; the operator can allow it: [http] origins")
        if self.names.shares_with(origin):
            response.extra += (
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", EXPOSED),
                (b"vary", b"origin"),
            )

    async def _preflight(self, headers: dict[bytes, bytes], response: Response) -> None:
        """Answer a browser that asks whether it may call (Fetch standard, CORS-preflight request)."""
        wanted = headers.get(b"access-control-request-headers", b"")
        allowed = [*PREFLIGHT, (b"access-control-allow-headers", wanted[:1000]), (b"content-length", b"0")]
        await response({"type": "http.response.start", "status": 204, "headers": allowed})
        await response({"type": "http.response.body", "body": b""})

    def _require(self, caller: Caller | None, scope: str) -> None:
        require(caller, scope, self.challenge)

    async def _refuse(self, scope: Scope, refusal: Refusal, response: Response) -> None:
        if response.status:
            # Half an answer must not look like a whole one: the connection is closed instead.
            raise ConnectionAbortedError(refusal.text) from None
        form = as_jsonrpc if scope["path"] == self.path else as_json
        await form(refusal, scope[REQUEST_ID]).send(response)


def require(caller: Caller | None, scope: str, challenge: bytes) -> Caller:
    """The caller, if it may do this.

    Raises:
        Refusal: 401 for nobody, 403 for somebody else.
    """
    if caller is None:
        text = "bring a bearer token: `Authorization: Bearer …`"
        raise Refusal(401, text, "unauthorized", ((b"www-authenticate", challenge),))
    if scope not in caller.scopes:
        # To a caller without any token it is the same as no token.
        raise Refusal(403, f"this needs the scope {scope!r}, which this token does not have", "forbidden")
    return caller


@dataclass
class Response:
    """Sends with the headers that every answer has, and remembers the status."""

    _send: Send
    _connection: Any
    extra: tuple[tuple[bytes, bytes], ...]
    status: int = 0

    async def __call__(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *self.extra]}
        elif self._connection is not None and not message.get("more_body", False):
            # Whoever has all of the answer may leave: what is still to be done is done.
            self._connection.lost = None
        await self._send(message)


def _form(scope: Scope) -> None:
    """Refuse what has more than one reading: paths that are no plain absolute path, methods that nobody needs."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    if scope["method"] not in METHODS:
        raise Refusal(405, "this method is not served", headers=body.CLOSE)
    path: str = scope["path"]
    parts = path.split("/")
    # What a file system would read as a step or a separator has no place in a path of ours.
    odd = any(part in ("", ".", "..") for part in parts[1:-1]) or parts[-1] in (".", "..")
    if odd or not raw.startswith(b"/") or "\\" in path or "\0" in path:
        raise Refusal(400, "this is no path of a request", headers=body.CLOSE)


def _twice(scope: Scope, name: bytes) -> bool:
    return sum(1 for key, _ in scope["headers"] if key == name) > 1


def _text(value: bytes | None) -> str | None:
    try:
        return value.decode("ascii") if value is not None else None
    except UnicodeDecodeError:
        return ""
