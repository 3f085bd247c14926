"""Which answers tools had a part in, where the caller keeps the conversation and knows nothing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from toolpost import Space, Unavailable, canonical_digest
from toolpost_gateway.loop.history import words_of
from toolpost_gateway.loop.memory import Memory

# Seconds; and answers of a history that are looked up, from the last on.
WEEK, LOOKED_AT = 604_800.0, 50


class Answered:
    """Remembers answers of one caller by their words, however they are spaced."""

    def __init__(self, space: Space | Memory, principal: str) -> None:
        self._space, self._owner = space, canonical_digest(principal).hex()

    async def remember(self, text: str) -> None:
        """Tools had a part in this one."""
        with suppress(Unavailable):
            await self._space.set(self._key(text), b"1", WEEK)

    async def recalls(self, messages: Sequence[Mapping[str, Any]]) -> bool:
        """Whether they had a part in one of the last answers among these."""
        spoken = [text for one in messages if one.get("role") == "assistant" and (text := words_of(one))]
        with suppress(Unavailable):
            for text in spoken[-LOOKED_AT:]:
                if await self._space.get(self._key(text)) is not None:
                    return True
            return False
        # Where nobody knows, it is as if they had.
        return bool(spoken)

    def _key(self, text: str) -> str:
        return f"answered:{self._owner}:{canonical_digest(''.join(text.split())).hex()}"
