"""Pictures that messages name by an address: who loads them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

from toolpost import Context, InvalidArguments, ToolError
from toolpost_gateway.talk import Loader
from toolpost_openai.choice import IMAGE, PARAM
from toolpost_openai.server import Server
from toolpost_openai.turns import Turn

# Bytes of a picture that is sent as it came, and of the smaller one that is sent for a larger.
LARGEST = 4_000_000
# Pixels of its longer side.
SIDE = 2048
NOT_LOADED = (
    "image_url: pictures by address are not sent to {name}, which would load them from its own network; send them as "
    "data URLs, or enable the plugin 'pictures', which loads them"
)
NOT_PUBLIC = "image_url: a picture's address must be https and of a public host; send the picture as a data URL"


class Loaded(Protocol):
    """A picture."""

    @property
    def data(self) -> bytes: ...
    @property
    def mime_type(self) -> str: ...


@dataclass(frozen=True)
class Looking:
    """Sends addresses of pictures to OpenAI alone, which loads them from the Internet, and to others the pictures."""

    loader: Loader | None

    async def turn(self, turn: Turn, server: Server, context: Context, loaded: MutableMapping[str, str]) -> Turn:
        """The turn as the server may have it; `loaded` is what earlier turns of the request had loaded.

        Raises:
            InvalidArguments: a picture cannot be had.
        """
        if not server.images:
            # The connection says in words what is not seen; nothing need be loaded.
            return turn
        for url in dict.fromkeys(url for message in turn.messages for url in _addresses(message)):
            if url not in loaded and not (server.official and _is_public(url)):
                try:
                    loaded[url] = await self._loaded(url, server, context)
                except ToolError as error:
                    error.meta = {**error.meta, PARAM: IMAGE}
                    raise
        if not loaded:
            return turn
        return replace(turn, messages=[_shown(message, loaded) for message in turn.messages])

    async def _loaded(self, url: str, server: Server, context: Context) -> str:
        if self.loader is None:
            raise InvalidArguments(NOT_PUBLIC if server.official else NOT_LOADED.format(name=server.label))
        picture: Loaded = await self.loader.load(url, context)
        if len(picture.data) > LARGEST:
            picture = await self.loader.fit(picture, LARGEST, SIDE)
        return f"data:{picture.mime_type};base64,{b64encode(picture.data).decode()}"


def _addresses(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    for part in content if isinstance(content, list | tuple) else ():
        match part:
            case {"type": "image_url", "image_url": {"url": str() as url}} if url[:5].lower() != "data:":
                yield url


def _shown(message: Mapping[str, Any], loaded: Mapping[str, str]) -> Mapping[str, Any]:
    if not any(url in loaded for url in _addresses(message)):
        return message
    return {**message, "content": [_part(part, loaded) for part in message["content"]]}


def _part(part: Any, loaded: Mapping[str, str]) -> Any:
    match part:
        case {"type": "image_url", "image_url": {"url": str() as url, **more}} if url in loaded:
            return {**part, "image_url": {**more, "url": loaded[url]}}
    return part


def _is_public(url: str) -> bool:
    """Whether an address is one that anybody on the Internet may mean, as far as it can be seen in it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() != "https" or parts.username is not None:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".local", ".internal", ".localhost", ".lan"))
