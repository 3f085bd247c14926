"""The edge: what every request passes first, whatever its path."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from toolpost.cancellation import is_real
from toolpost.crash import account
from toolpost.http import body, cors
from toolpost.http.body import Gone, Receive
from toolpost.http.caller import CALLER, REQUEST_ID, Caller, Verifier, token_in
from toolpost.http.form import check_form
from toolpost.http.names import Names
from toolpost.http.protocol import CONNECTION
from toolpost.http.refusal import CLOSE, Refusal, as_json, as_jsonrpc, request_id
from toolpost.http.response import Response, Send

Scope = dict[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("toolpost.http")
BRING_ONE = "bring a bearer token: `Authorization: Bearer …`"
# Not why: whether it was ever one, has run out or was revoked is the operator's to know.
BRING_ANOTHER = "this bearer token is none that this server takes; ask its operator for another"
NO_NAME = "this server is not known by the name that the request gives; the operator can add it: [http] hosts"
NO_PAGE = "pages of this origin may not call; the operator can allow it: [http] origins"
ENDING = Refusal(503, "the server is ending; try again soon", headers=((b"retry-after", b"1"), CLOSE))


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
    record: Callable[[Scope, int, float, int], None] | None = None
    slashed: tuple[str, ...] = ()
    answering: set[Response] = field(default_factory=set)
    ended: set[Response] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        scope[REQUEST_ID] = request_id()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        response = _response(scope, headers, send)
        self.answering.add(response)
        with response.work:
            try:
                await self._answer(scope, headers, receive, response)
            finally:
                self.answering.discard(response)
                response.release()
        if response in self.ended:
            self.ended.discard(response)
            await response.end(self._form(scope)(ENDING, scope[REQUEST_ID]))
        if self.record is not None:
            self.record(scope, response.status, perf_counter() - began, response.size)

    def end(self) -> None:
        """End all that is being answered, each in its form."""
        for response in self.answering:
            self.ended.add(response)
            response.work.cancel()

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, response: Response) -> None:
        try:
            await self._checked(scope, headers, receive, response)
        except Gone:
            pass
        except Refusal as refusal:
            await self._refuse(scope, refusal, response)
        except BaseException as error:
            if is_real(error):
                raise
            name = scope[REQUEST_ID]
            log.error("request %s crashed\n%s", name, "\n".join(account(error)))
            await self._refuse(scope, Refusal(500, f"this failed unexpectedly (reference {name})"), response)

    async def _checked(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, response: Response) -> None:
        check_form(scope, headers, self.slashed)
        host = _text(headers.get(b"host"))
        if not self.names.takes_host(host):
            raise Refusal(421, NO_NAME, "misdirected_request")
        if (origin := headers.get(b"origin")) is not None:
            self._origin(_text(origin) or "", host or "", response)
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await cors.preflight(headers).send(response)
                return
        body.check(headers, self.body_bytes)
        caller = scope[CALLER] = await self.verifier.caller(headers.get(b"authorization"))
        if response.is_head:
            scope = {**scope, "method": "GET"}
        if self._is_mcp(scope):
            require(caller, "call", self.challenge, brought=response.brought_token)
            await self.mcp(scope, receive, response)
        else:
            await self.other(scope, body.bounded(receive, self.body_bytes), response)

    def _origin(self, origin: str, host: str, response: Response) -> None:
        if not self.names.takes_origin(origin, host):
            raise Refusal(403, NO_PAGE)
        if self.names.shares_with(origin):
            response.extra += cors.shared(origin)

    def _is_mcp(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return path == self.path or path == f"{self.path}/"

    def _form(self, scope: Scope) -> Any:
        return as_jsonrpc if self._is_mcp(scope) else as_json

    async def _refuse(self, scope: Scope, refusal: Refusal, response: Response) -> None:
        if response.status:
            response.drop()
        else:
            await self._form(scope)(refusal, scope[REQUEST_ID]).send(response)


def require(caller: Caller | None, scope: str, challenge: bytes, *, brought: bool) -> Caller:
    """The caller, if it may do this; `brought` says whether there was a token, whatever became of it.

    Raises:
        Refusal: 401 for nobody, 403 for somebody else.
    """
    if caller is None:
        raise Refusal(401, BRING_ANOTHER if brought else BRING_ONE, "unauthorized", ((b"www-authenticate", challenge),))
    if scope not in caller.scopes:
        lacking = challenge + b', error="insufficient_scope"'
        text = f"this needs the scope {scope!r}, which this token does not have"
        raise Refusal(403, text, "forbidden", ((b"www-authenticate", lacking),))
    return caller


def _response(scope: Scope, headers: dict[bytes, bytes], send: Send) -> Response:
    connection = scope.get(CONNECTION)
    extra = ((b"x-request-id", scope[REQUEST_ID].encode()), (b"x-content-type-options", b"nosniff"))
    brought = token_in(headers.get(b"authorization")) is not None
    response = Response(send, connection, extra, scope["method"] == "HEAD", brought)
    if connection is not None:
        connection.lost = response.work.cancel
    return response


def _text(value: bytes | None) -> str | None:
    try:
        return value.decode("ascii") if value is not None else None
    except UnicodeDecodeError:
        return ""
