"""Pictures in messages: kept as files beside the transcript, and put back when a model is to see them."""

from __future__ import annotations

import re
import shutil
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import anyio.to_thread

from toolpost import Artefacts, InvalidArguments
from toolpost_gateway.sessions.records import Message

DATA = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)
HANDLE = re.compile(r"artefact:[0-9a-f]{64}")
MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
# Bytes of a picture, and characters of the address of one.
LARGEST, LONGEST = 20_000_000, 8000
LOST = {"type": "text", "text": "(Here was a picture that is not kept any more.)"}
Change = Callable[[str], Awaitable[str]]
NONE = "a picture is an https URL, or a data: URL with the base64 of a PNG, JPEG, WebP or GIF"


def mime_of(data: bytes) -> str | None:
    """What kind of picture these bytes are, by themselves and not by what anybody says."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), None)


@dataclass(frozen=True)
class Album:
    """The pictures of one session; they go with it."""

    files: Artefacts

    async def keep(self, messages: Iterable[Message], *, strictly: bool = False) -> list[dict[str, Any]]:
        """The messages with handles in the place of pictures.

        Raises:
            InvalidArguments: something is no picture; where that is not said `strictly`, a text stands for it.
        """
        return [await self._changed(message, self._kept, strictly) for message in messages]

    async def show(self, messages: Iterable[Message]) -> list[dict[str, Any]]:
        """The messages as a model takes them, with the pictures themselves."""
        return [await self._changed(message, self._shown, False) for message in messages]

    async def remove(self) -> None:
        """Remove all pictures of this session."""
        await anyio.to_thread.run_sync(lambda: shutil.rmtree(self.files.folder, ignore_errors=True))

    async def _changed(self, message: Message, change: Change, strictly: bool) -> dict[str, Any]:
        content = message.get("content")
        if not isinstance(content, list | tuple):
            return dict(message)
        return {**message, "content": [await self._part(part, change, strictly) for part in content]}

    async def _part(self, part: dict[str, Any], change: Change, strictly: bool) -> dict[str, Any]:
        if part.get("type") != "image_url":
            return part
        try:
            return {**part, "image_url": {**part["image_url"], "url": await change(part["image_url"]["url"])}}
        except InvalidArguments:
            if strictly:
                raise
            return LOST

    async def _kept(self, url: str) -> str:
        start = begin(url)
        return url if start is None else await self.files.put(await anyio.to_thread.run_sync(_decoded, url[start:]))

    async def _shown(self, url: str) -> str:
        if not HANDLE.fullmatch(url):
            return url
        data = await self.files.get(url)
        if data is None:
            raise InvalidArguments("the picture is not kept any more")
        return await anyio.to_thread.run_sync(_encoded, data)


def begin(url: str) -> int | None:
    """Where the base64 in a data: URL begins; None where the address leads elsewhere.

    Raises:
        InvalidArguments: it cannot be the address of a picture.
    """
    if url.startswith(("https://", "http://")) and len(url) <= LONGEST:
        return None
    found = DATA.match(url)
    if found is None or len(url) > LARGEST * 4 // 3:
        raise InvalidArguments(NONE)
    return found.end()


def handles(messages: Sequence[Message]) -> list[str]:
    """The pictures in these messages: handles and addresses."""
    parts = [part for message in messages for part in _parts(message)]
    return [part["image_url"]["url"] for part in parts if part.get("type") == "image_url"]


def _parts(message: Message) -> Sequence[dict[str, Any]]:
    content = message.get("content")
    return content if isinstance(content, list | tuple) else ()


def _decoded(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise InvalidArguments(NONE) from None
    if mime_of(data) is None:
        raise InvalidArguments(NONE)
    return data


def _encoded(data: bytes) -> str:
    return f"data:{mime_of(data)};base64,{b64encode(data).decode()}"
