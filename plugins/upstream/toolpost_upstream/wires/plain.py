"""Connections and no more: what most servers need."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from toolpost_upstream.wires.reply import CONNECTIONS, IDLE, Reply, words
from toolpost_upstream.wires.wire import Lost, Unsent


class Plain:
    """A pool of connections; a whole client of HTTP takes as long again for each request."""

    def __init__(self, url: str, seconds: float) -> None:
        import httpcore2

        context = None
        if url.startswith("https:"):
            import httpx2

            context = httpx2.create_ssl_context()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context, max_connections=CONNECTIONS, max_keepalive_connections=IDLE, keepalive_expiry=30.0
        )
        self._timeout = {"timeout": {"connect": seconds, "pool": seconds, "write": seconds, "read": None}}
        self._urls: dict[str, Any] = {}

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        """As `Carrier.send`."""
        import httpcore2

        target = self._url(url)
        length = {} if content is None else {"content-length": str(len(content))}
        fields = [(name.encode(), value.encode()) for name, value in {**headers, **length}.items()]
        request = httpcore2.Request(
            method, target, headers=[self._host(target), *fields], content=content, extensions=self._timeout
        )
        try:
            response = await self._pool.handle_async_request(request)
        except httpcore2.PoolTimeout:
            raise Unsent(f"has {CONNECTIONS} calls under way", retry_after=1) from None
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            raise Unsent(f"cannot be reached: {words(error)}") from None
        except (httpcore2.UnsupportedProtocol, httpcore2.LocalProtocolError) as error:
            raise Unsent(f"cannot be asked: {words(error)}") from None
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            raise Lost(f"broke off: {words(error)}") from None
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        return Reply(response.status, found, self._pieces(response), response.aclose)

    async def aclose(self) -> None:
        """As `Carrier.aclose`."""
        await self._pool.aclose()

    async def _pieces(self, response: Any) -> AsyncGenerator[bytes, None]:
        import httpcore2

        try:
            async for piece in response.aiter_stream():
                yield piece
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
            raise Lost(f"broke off: {words(error)}") from None

    def _url(self, url: str) -> Any:
        import httpx2

        # The SDK's address handling, once for each address: httpcore takes what it is given.
        if url not in self._urls:
            import httpcore2

            parsed = httpx2.URL(url)
            self._urls[url] = httpcore2.URL(
                scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path
            )
        return self._urls[url]

    def _host(self, target: Any) -> tuple[bytes, bytes]:
        host = b"[" + target.host + b"]" if b":" in target.host else target.host
        return b"host", host if target.port is None else b"%b:%d" % (host, target.port)
