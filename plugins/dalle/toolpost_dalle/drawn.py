"""Finished pictures: out of an answer, and together."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from toolpost import Context, InvalidArguments, ToolError
from toolpost_dalle.answer import Answer
from toolpost_dalle.fetch import fetch, is_same_origin

if TYPE_CHECKING:
    from toolpost_openai.connection import Connection
    from toolpost_pictures import Picture, Pictures

# Base64 characters decoded at a time, so that other threads come in between: a whole number of groups of four.
PIECE = 1 << 20
# What a usage may say of tokens, in the provider's names and in ours.
DETAILS = {"image_tokens": "input_image_tokens", "cached_tokens": "cached_tokens"}


@dataclass(frozen=True)
class Drawn:
    """One picture, and what the provider says of how it was made."""

    picture: Picture
    quality: str | None = None
    background: str | None = None
    revised_prompt: str | None = None


@dataclass
class Outcome:
    """What has come of an order so far."""

    drawn: list[Drawn] = field(default_factory=list)
    failed: list[ToolError] = field(default_factory=list)
    usage: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def count(self, about: Mapping[str, Any]) -> None:
        """Add the tokens of one answer; what is no count costs nobody a picture."""
        usage = _object(about.get("usage"))
        named = {name: usage.get(name) for name in ("input_tokens", "output_tokens", "total_tokens")}
        details = _object(usage.get("input_tokens_details"))
        for name, tokens in {**named, **{ours: details.get(theirs) for theirs, ours in DETAILS.items()}}.items():
            if type(tokens) is int and tokens >= 0:
                self.usage[name] = self.usage.get(name, 0) + tokens


@dataclass(frozen=True)
class Developer:
    """Makes pictures of what the provider sent."""

    connection: Connection
    pictures: Pictures

    async def develop(self, answer: Answer, outcome: Outcome, context: Context) -> None:
        """Add the pictures of an answer, and an error for each that cannot be shown."""
        outcome.count(answer.about)
        for item in answer.items:
            try:
                outcome.drawn.append(await self._one(item, answer.about, context))
            except (ValueError, InvalidArguments) as error:
                # What such an error advises is for callers who send a picture themselves.
                why = f": {str(error).partition(';')[0]}" if isinstance(error, InvalidArguments) else ""
                outcome.failed.append(
                    ToolError(f"{self.connection.server.label} sent no picture that can be shown{why}")
                )
            except ToolError as error:
                # It was drawn, and paid for: to draw it again is no way to get it.
                outcome.failed.append(ToolError(f"a finished picture could not be fetched: {error}"))

    async def _one(self, answered: Any, about: Mapping[str, Any], context: Context) -> Drawn:
        item = _object(answered)
        said = {name: _text(item.get(name) or about.get(name)) for name in ("quality", "background")}
        picture = await self._picture(item, context)
        return Drawn(picture, said["quality"], said["background"], _text(item.get("revised_prompt")))

    async def _picture(self, item: Mapping[str, Any], context: Context) -> Picture:
        if encoded := _text(item.get("b64_json")):
            return await self.pictures.inspect(await anyio.to_thread.run_sync(_decoded, encoded))
        url = _text(item.get("url"))
        if url is None:
            raise ValueError("neither bytes nor an address")
        # The operator trusts this server, on whatever network it is; other addresses go the safe way.
        if is_same_origin(url, self.connection.server.base_url):
            return await self.pictures.inspect(await fetch(url, self.connection))
        return await self.pictures.load(url, context)


def _decoded(encoded: str) -> bytes:
    """The bytes of base64, which some servers send as a whole data URL, and some in lines."""
    text = encoded.rpartition(",")[2]
    try:
        return b"".join(b64decode(text[at : at + PIECE], validate=True) for at in range(0, len(text), PIECE))
    except ValueError:
        return b64decode(text)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
