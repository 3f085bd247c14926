"""Pictures that a server of the operator's own answers with an address of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import anyio.to_thread

from toolpost import ToolError

if TYPE_CHECKING:
    from toolpost_openai.connection import Connection

LARGEST = 50_000_000
SECONDS = 60.0


def is_same_origin(url: str, base_url: str) -> bool:
    """Whether an address is of the very server that the operator configured."""
    try:
        return _origin(url) == _origin(base_url)
    except ValueError:
        return False


async def fetch(url: str, connection: Connection) -> bytes:
    """The bytes at an address of the connection's own server; no redirect leads elsewhere.

    Raises:
        ToolError: it does not answer with as many bytes as a picture may have.
    """
    import httpx2

    where, key = connection.server.label, connection.server.api_key
    headers = {"authorization": f"Bearer {key}"} if key else {}
    make = partial(httpx2.AsyncClient, trust_env=not connection.server.is_loopback, timeout=SECONDS, headers=headers)
    # Reading the certificates takes a while.
    client = await anyio.to_thread.run_sync(make)
    try:
        async with client, client.stream("GET", url) as response:
            if response.status_code != 200:
                raise ToolError(f"{where} answered {response.status_code} for it")
            data = bytearray()
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > LARGEST:
                    raise ToolError(f"it is larger than {LARGEST // 1_000_000} MB")
            return bytes(data)
    except httpx2.HTTPError:
        raise ToolError(f"{where} broke off") from None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
