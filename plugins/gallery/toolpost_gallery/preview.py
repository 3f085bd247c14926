"""Pictures made small enough for the client that gets them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from toolpost import Context, InvalidArguments, ToolResult
from toolpost_pictures import Picture, Pictures

# Bytes of a message around a result: its envelope, and what the layers outside this one add.
ENVELOPE = 8 * 1024
# Below this many bytes nothing can be seen on a picture.
SMALLEST = 2 * 1024


@dataclass(frozen=True)
class Previews:
    """How pictures are shown: `most` bytes for all of a result together, `side` pixels each."""

    pictures: Pictures
    most: float
    side: float

    def of(self, context: Context) -> Previews:
        """The same for one caller: a terminal saves pictures, and gets them whole."""
        return Previews(self.pictures, math.inf, math.inf) if context.surface == "cli" else self

    async def fit(self, originals: Sequence[Picture], total: float) -> list[Picture | None]:
        """Each picture, or its preview; together at most `total` bytes, the small leaving room to the large.

        None stands for a picture for which no room is left.
        """
        fitted: dict[int, Picture | None] = {}
        smallest_first = sorted(range(len(originals)), key=lambda index: len(originals[index].data))
        for done, index in enumerate(smallest_first):
            fits = await self._fit(originals[index], total / (len(originals) - done))
            fitted[index] = fits
            total -= len(fits.data) + 3 if fits else 0
        return [fitted[index] for index in range(len(originals))]

    async def _fit(self, original: Picture, most: float) -> Picture | None:
        if len(original.data) <= most and max(original.width, original.height) <= self.side:
            return original
        if most < SMALLEST:
            return None
        try:
            return await self.pictures.fit(original, int(min(most, len(original.data))), int(min(self.side, 16_384)))
        except InvalidArguments:
            return None


def room(context: Context) -> float:
    """Bytes of a result that the caller takes; infinite in a terminal, and where nothing is known."""
    limit = context.client.result_bytes
    return math.inf if limit is None or context.surface == "cli" else limit - ENVELOPE


def size_of(result: ToolResult) -> int:
    """The bytes of a result on the wire."""
    blocks = [block.model_dump(by_alias=True, exclude_none=True) for block in result.content]
    return len(to_json([blocks, result.structured, dict(result.meta)], inf_nan_mode="null", serialize_unknown=True))


def file_bytes(encoded: float) -> float:
    """The bytes of a file that become so many of base64."""
    return encoded * 3 / 4 - 3


def encoded_bytes(picture: Picture) -> int:
    """The bytes of a picture on the wire."""
    return (len(picture.data) + 2) // 3 * 4
