"""Pictures from the web: every hop checked, every byte counted, one message for whatever fails."""

from __future__ import annotations

import io
import logging
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.to_thread
import httpcore2

from toolpost import InvalidArguments
from toolpost_pictures.network import CheckedNetwork, Resolve, resolve
from toolpost_pictures.url import DEFAULT_PORTS, URL, WEB_PORTS, NotCanonical, is_local_name, parse, redirected

log = logging.getLogger("toolpost.pictures")

# The same for a refused, an unreachable and an unwilling address: a caller
# learns nothing about networks that it cannot see itself.
CANNOT = (
    "the picture at that address cannot be loaded; name a public https address that answers with a picture, "
    "or send the picture as a data URL"
)
REDIRECTS = (301, 302, 303, 307, 308)
WORDS = ("text/", "application/json", "application/xml", "application/xhtml", "application/javascript", "multipart/")
HEADERS = [
    (b"User-Agent", b"toolpost"),
    (b"Accept", b"image/png, image/jpeg, image/webp, image/gif"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]


class _Unwilling(Exception):
    """The address is not one to ask, or its answer not one to read."""


@dataclass(frozen=True)
class Fetcher:
    """Loads what an address holds, if it is a public one or its `host:port` is among `hosts`.

    `hosts` names a port where it is not the scheme's own. `seconds` count for
    everything together: names, connections, redirects and bytes.
    """

    tls: ssl.SSLContext
    max_bytes: int
    seconds: float
    max_redirects: int = 3
    hosts: Collection[str] = ()
    allow_http: bool = False
    resolve: Resolve = resolve

    async def fetch(self, address: str) -> bytes:
        """The bytes at an address.

        Raises:
            InvalidArguments: they cannot be had, or are too many.
        """
        try:
            with anyio.fail_after(self.seconds):
                return await self._follow(parse(address))
        except (NotCanonical, _Unwilling, TimeoutError, OSError, *_TRANSPORT) as error:
            log.debug("a picture was not fetched: %s", str(error) or type(error).__name__)
            raise InvalidArguments(CANNOT) from None

    async def _follow(self, url: URL) -> bytes:
        for _ in range(self.max_redirects + 1):
            found = await self._ask(url)
            if isinstance(found, bytes):
                return found
            url = found
        raise _Unwilling("too many redirects")

    async def _ask(self, url: URL) -> bytes | URL:
        """What is there, or where it is instead."""
        there = httpcore2.URL(
            scheme=url.scheme.encode(), host=url.host.encode(), port=url.port, target=url.target.encode()
        )
        headers = [(b"Host", url.authority.encode()), *HEADERS]
        network = CheckedNetwork(self._trusts(url), self.resolve)
        async with (
            httpcore2.AsyncConnectionPool(ssl_context=self.tls, network_backend=network, max_connections=1) as pool,
            pool.stream("GET", there, headers=headers) as response,
        ):
            if response.status in REDIRECTS:
                return redirected(url, _header(response, b"location"))
            self._judge(response)
            return await self._body(response)

    def _trusts(self, url: URL) -> bool:
        """Whether the operator named this host; raises where it is neither that nor a public one."""
        if url.scheme != "https" and not self.allow_http:
            raise _Unwilling("not https")
        if self.hosts and url.authority in {host.lower().removesuffix(f":{_own(url)}") for host in self.hosts}:
            return True
        if is_local_name(url.host) or url.port not in WEB_PORTS[url.scheme]:
            raise _Unwilling("a local name or a port of another service")
        return False

    def _judge(self, response: httpcore2.Response) -> None:
        kind = _header(response, b"content-type").lower()
        if response.status != 200 or kind.startswith(WORDS):
            raise _Unwilling("the answer is no picture")
        if _header(response, b"content-encoding").lower() not in ("", "identity"):
            raise _Unwilling("the answer is compressed")
        length = _header(response, b"content-length")
        if length.isdigit() and (len(length) > 18 or int(length) > self.max_bytes):
            raise self._too_large()

    async def _body(self, response: httpcore2.Response) -> bytes:
        # Gives its bytes away without a copy, of which one of 50 MB would hold up everybody.
        body = io.BytesIO()
        async for chunk in response.aiter_stream():
            if body.tell() + len(chunk) > self.max_bytes:
                raise self._too_large()
            body.write(chunk)
        return body.getvalue()

    def _too_large(self) -> InvalidArguments:
        return InvalidArguments(
            f"the picture at that address is larger than {self.max_bytes} bytes; name a smaller one"
        )


_TRANSPORT = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    ssl.SSLError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
)


async def trust(ca_file: Path | None) -> ssl.SSLContext:
    """What decides which servers are who they say: the system's authorities, and those in a PEM file."""
    return await anyio.to_thread.run_sync(_trust, ca_file)


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = httpcore2.default_ssl_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _own(url: URL) -> int:
    return DEFAULT_PORTS[url.scheme]


def _header(response: httpcore2.Response, name: bytes) -> str:
    """The value of a header, empty where there is none; one that is given twice is no answer."""
    values = [value for key, value in response.headers if key.lower() == name]
    if len(values) > 1:
        raise _Unwilling("a header twice")
    return values[0].decode("latin-1").strip() if values else ""
