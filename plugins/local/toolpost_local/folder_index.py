"""A package index in a folder of this machine (`file:` URL), as mirrors without a network have it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.request import url2pathname

import httpx2
from anyio import open_file, to_thread

CHUNK = 1 << 20


class FolderIndex(httpx2.AsyncBaseTransport):
    """Answers requests for `file:` URLs; a folder is answered with its `index.html`."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The file, from the byte on that a `Range` header names."""
        path = Path(url2pathname(request.url.raw_path.decode()))
        page = path / "index.html"
        path = page if await to_thread.run_sync(page.is_file) else path
        if not await to_thread.run_sync(path.is_file):
            return httpx2.Response(404, request=request)
        start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        headers = {"Content-Type": "text/html", "Content-Range": f"bytes {start}-"}
        return httpx2.Response(206 if start else 200, headers=headers, stream=_Bytes(path, start), request=request)


class _Bytes(httpx2.AsyncByteStream):
    def __init__(self, path: Path, start: int) -> None:
        self.path = path
        self.start = start

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with await open_file(self.path, "rb") as file:
            await file.seek(self.start)
            while chunk := await file.read(CHUNK):
                yield chunk
