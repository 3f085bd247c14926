"""Asks the provider's moderation model: in pieces that it takes, a few at a time, equal ones once."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import zip_longest
from typing import Any

import anyio
import anyio.to_thread
from cachetools import TTLCache

from toolpost import InvalidArguments, Refused, ToolError
from toolpost_moderation.verdict import Verdict, merged, read
from toolpost_openai import OpenAI
from toolpost_pictures import Picture, Pictures

NOWHERE = (
    "nothing here can moderate: set OPENAI_API_KEY, or base_url in [plugins.openai] for a server that has /moderations"
)
# omni-moderation takes 32,768 tokens, and no script needs more than three for a character.
PIECE = 10_000
# What is said across the end of a piece is whole in the next one.
OVERLAP = 200
# One picture per request (too_many_images), of at most 20 MB; it is made small before it is looked at anyway.
PICTURE_BYTES, PICTURE_SIDE = 1_000_000, 1568
EVERYWHERE = ("image/png", "image/jpeg")
REMEMBERED = 4096

Item = tuple[str | None, str | None]
"""A text and the data URL of a picture, judged together; either may be missing."""


class TooMuch(InvalidArguments):
    """More than is ever judged at once."""


class Judge:
    """Judges texts and pictures; `seconds` bounds each request, `keep` says how long a verdict is good."""

    def __init__(
        self,
        openai: OpenAI,
        pictures: Pictures,
        model: str,
        *,
        concurrency: int,
        seconds: float,
        keep: float,
        longest: int,
        clock: Callable[[], float],
    ) -> None:
        self._openai, self._pictures, self._model = openai, pictures, model
        self._seconds, self._longest = seconds, longest
        self._turns = anyio.CapacityLimiter(concurrency)
        self._known: TTLCache[bytes, Verdict] = TTLCache(REMEMBERED, keep, timer=clock)

    async def verdict(self, text: str, pictures: Sequence[Picture] = ()) -> Verdict:
        """The worst that is found in any piece of the text and in any picture.

        Raises:
            TooMuch: the text is longer than is judged.
            Refused: there is no provider, or it wants something configured.
            Unavailable: nothing was judged, and may be later.
            ToolError: the provider failed, or answered something in doubt.
        """
        if len(text) > self._longest:
            raise TooMuch(f"text: longer than {self._longest:,} characters, which is the most that is moderated")
        if not (self._openai.api_key.get_secret_value() or self._openai.base_url):
            raise Refused(NOWHERE)
        urls = [await self._url(picture) for picture in pictures]
        return merged(await self._all(zip_longest(pieces(text) if text.strip() else (), urls)))

    async def _all(self, items: Iterable[Item]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        failures: list[ToolError] = []

        async def one(item: Item) -> None:
            try:
                verdicts.append(await self._one(item))
            except ToolError as error:
                failures.append(error)
                tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for item in items:
                tasks.start_soon(one, item)
        if failures:
            raise failures[0]
        return verdicts

    async def _one(self, item: Item) -> Verdict:
        key = _digest(item)
        if (known := self._known.get(key)) is not None:
            return known
        async with self._turns:
            verdict = self._known[key] = await self._ask(list(_parts(item)))
        return verdict

    async def _ask(self, parts: list[dict[str, Any]]) -> Verdict:
        connection = await self._openai.connect()
        # With the SDK, so at first use.
        from toolpost_openai.connection import AT_READING

        request = {"model": self._model, "input": parts}
        try:
            with anyio.fail_after(self._seconds):
                # Not `moderations.create`: building its types would hold up the event loop.
                body = await connection.client.post("/moderations", cast_to=object, body=request)
            return read(body, len(parts))
        except TimeoutError:
            raise ToolError(f"{connection.server.label} took longer than {self._seconds:g} s to moderate") from None
        except AT_READING as error:
            raise await connection.failure(error, self._model) from None

    async def _url(self, picture: Picture) -> str:
        """A picture as every server reads it; of an animation the first frame."""
        picture = await self._pictures.fit(picture, PICTURE_BYTES, PICTURE_SIDE)
        if picture.mime_type not in EVERYWHERE:
            picture = await self._pictures.convert(picture, "image/png")
        encoded = await anyio.to_thread.run_sync(base64.b64encode, picture.data)
        return f"data:{picture.mime_type};base64,{encoded.decode('ascii')}"


def pieces(text: str) -> list[str]:
    """A text cut to what the provider takes, so that any `OVERLAP` characters of it are whole in one piece."""
    return [text[start : start + PIECE] for start in range(0, max(len(text) - OVERLAP, 1), PIECE - OVERLAP)]


def _parts(item: Item) -> Iterable[dict[str, Any]]:
    text, url = item
    if text is not None:
        yield {"type": "text", "text": text}
    if url is not None:
        yield {"type": "image_url", "image_url": {"url": url}}


def _digest(item: Item) -> bytes:
    """What makes two items the same; nothing can be read from it."""
    digest = blake2b(digest_size=16)
    for part in item:
        data = (part or "").encode("utf-8", "surrogatepass")
        digest.update(b"%d:%b" % (len(data), data))
    return digest.digest()
