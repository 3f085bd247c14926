"""Where the browser comes back to: a port of this machine that answers one login (RFC 8252, section 7.3)."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import anyio
from anyio.abc import SocketAttribute, SocketStream
from mcp.shared.auth import AuthorizationCodeResult

from toolpost import ConfigError
from toolpost_upstream.oauth.failures import LoginFailed, code_of

HOST, PATH = "127.0.0.1", "/callback"
HEAD_BYTES, HEAD_SECONDS = 16_384, 10.0
DONE = "You are logged in. This window can be closed."
NOT_DONE = "The login did not work. Look at the terminal; this window can be closed."


@dataclass
class Loopback:
    """Waits for the answer to one request, known by its `state`; whatever else knocks is sent away."""

    redirect: str
    _state: str = ""
    _answer: AuthorizationCodeResult | None = field(default=None, repr=False)
    _error: str = ""
    _come: anyio.Event = field(default_factory=anyio.Event)

    def expect(self, authorization: str) -> None:
        """The address that the person is sent to, whose `state` the answer must have."""
        self._state = parse_qs(urlsplit(authorization).query).get("state", [""])[0]

    async def answer(self) -> AuthorizationCodeResult:
        """The code.

        Raises:
            LoginFailed: the person, or the server, said no.
        """
        await self._come.wait()
        if self._answer is None:
            raise LoginFailed(f"refused the login: {self._error}")
        return self._answer

    async def serve(self, stream: SocketStream) -> None:
        """Answer one connection of the browser."""
        async with stream:
            try:
                with anyio.fail_after(HEAD_SECONDS):
                    status, text = self._take(await _target(stream))
                    await stream.send(_page(status, text))
            except (TimeoutError, anyio.BrokenResourceError, anyio.EndOfStream, ValueError):
                return

    def _take(self, target: str) -> tuple[str, str]:
        parts = urlsplit(target)
        given = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path != PATH:
            return "404 Not Found", "There is nothing here."
        if not self._state or not secrets.compare_digest(given.get("state", "").encode(), self._state.encode()):
            return "400 Bad Request", "This is not the answer that is waited for."
        if "code" in given:
            self._answer = AuthorizationCodeResult(code=given["code"], state=given["state"], iss=given.get("iss"))
        else:
            self._error = code_of(given.get("error"))
        self._come.set()
        return "200 OK", DONE if self._answer else NOT_DONE


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Loopback]:
    """Listen on a port, or on any; a port that was registered is so under the name of `localhost`.

    Raises:
        ConfigError: the port is taken.
    """
    try:
        listener = await anyio.create_tcp_listener(local_host=HOST, local_port=port)
    except OSError:
        raise ConfigError(
            f"port {port} is in use, where the browser is to come back to; free it, or set redirect_port"
        ) from None
    failure: Exception | None = None
    async with listener, anyio.create_task_group() as tasks:
        taken = listener.extra(SocketAttribute.local_port)  # noqa: S610 - of anyio, and no query
        loopback = Loopback(f"http://{'localhost' if port else HOST}:{taken}{PATH}")
        tasks.start_soon(listener.serve, loopback.serve)
        try:
            yield loopback
        except Exception as error:
            # Raised once the group has ended, which would put it into an exception group.
            failure = error
        finally:
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _target(stream: SocketStream) -> str:
    """The target of a GET request; its head is read whole, or the browser would see the connection reset."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += await stream.receive()
        if len(head) > HEAD_BYTES:
            raise ValueError("the request is too long")
    method, target, _ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if method != "GET":
        raise ValueError("the request is no GET")
    return target


def _page(status: str, text: str) -> bytes:
    body = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>toolpost</title><p>{text}</p></html>'.encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body
