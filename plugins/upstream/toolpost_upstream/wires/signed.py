"""A whole client of HTTP, for servers that want a login, or stand behind a proxy."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING

from toolpost_upstream.wires.reply import CONNECTIONS, IDLE, Reply, words
from toolpost_upstream.wires.wire import Lost, Unsent

if TYPE_CHECKING:
    import httpx2


class Signed:
    """Signs each request with `auth`, and takes proxies from the environment."""

    def __init__(self, seconds: float, auth: httpx2.Auth | None) -> None:
        import httpx2

        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=IDLE)
        # Who waits for an answer has its own patience; a stream may be silent for ever.
        timeout = httpx2.Timeout(seconds, read=None)
        self._client = httpx2.AsyncClient(timeout=timeout, limits=limits, auth=auth, follow_redirects=False)

    async def send(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        """As `Carrier.send`."""
        import httpx2

        request = self._client.build_request(method, url, headers=dict(headers), content=content)
        try:
            response = await self._client.send(request, stream=True)
        except httpx2.PoolTimeout:
            raise Unsent(f"has {CONNECTIONS} calls under way", retry_after=1) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Unsent(f"cannot be reached: {words(error)}") from None
        except (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
            raise Unsent(f"cannot be asked: {words(error)}") from None
        except httpx2.HTTPError as error:
            raise Lost(f"broke off: {words(error)}") from None
        return Reply(response.status_code, response.headers, self._pieces(response), response.aclose)

    async def aclose(self) -> None:
        """As `Carrier.aclose`."""
        await self._client.aclose()

    async def _pieces(self, response: httpx2.Response) -> AsyncGenerator[bytes, None]:
        import httpx2

        try:
            async for piece in response.aiter_bytes():
                yield piece
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise Lost(f"broke off: {words(error)}") from None
