"""Documents of an authorization server, fetched within bounds."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from toolpost.http.names import is_loopback

# A set of keys is some kilobytes; and a request waits for it.
BYTES, SECONDS = 256 * 1024, 5.0


class NotFetched(Exception):
    """A document that is not to be had; the text is for the log, and holds nothing that the other side chose."""


def is_safe(url: str) -> bool:
    """Whether what is fetched there can be believed: over TLS, or from this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


async def fetch(url: str) -> dict[str, Any]:
    """The JSON object at an address; nowhere else, since a redirect would be followed to whoever it names.

    Raises:
        NotFetched: it could not be fetched, or is too large, too late or no object.
    """
    import anyio
    import httpx2

    if not is_safe(url):
        raise NotFetched("its address is not one of https")
    try:
        with anyio.fail_after(SECONDS):
            found = from_json(await _body(url), allow_inf_nan=False)
    except TimeoutError:
        raise NotFetched(f"no answer within {SECONDS:g} s") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        raise NotFetched(type(error).__name__) from None
    if not isinstance(found, dict):
        raise NotFetched("it is no JSON object")
    return found


async def _body(url: str) -> bytes:
    import httpx2

    # Unpacked, little could be much.
    headers = {"accept": "application/json", "accept-encoding": "identity"}
    body = bytearray()
    async with (
        httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        if response.status_code != 200:
            raise NotFetched(f"status {response.status_code}")
        async for part in response.aiter_raw():
            body += part
            if len(body) > BYTES:
                raise NotFetched(f"it is larger than {BYTES} bytes")
    return bytes(body)
