"""What was found out, kept in the store: each caller has a memo for each database."""

from __future__ import annotations

import json
import re

from toolpost import InvalidArguments, Space, Unavailable, canonical_digest

# Characters of one, and of all together; the oldest go first.
LONGEST, MOST = 10_000, 200_000
HALF = re.compile(r"[\ud800-\udfff]")
TRIES = 100


class Insights:
    """Memos by caller."""

    def __init__(self, space: Space, database: str) -> None:
        self._space = space
        self._database = canonical_digest(database).hex()[:16]

    async def add(self, principal: str, insight: str) -> int:
        """Keep one more; how many there are then.

        Raises:
            InvalidArguments: it is empty, too long, or no text.
        """
        insight = insight.strip()
        if not insight or len(insight) > LONGEST:
            raise InvalidArguments(f"insight: 1 to {LONGEST} characters")
        if HALF.search(insight):
            # Kept, it would stand in the way of all others.
            raise InvalidArguments("insight: it holds half a character (a lone surrogate)")
        for _ in range(TRIES):
            before = await self._space.get(self._key(principal))
            kept = _newest([*_read(before), insight])
            if await self._space.swap(self._key(principal), before, json.dumps(kept).encode()):
                return len(kept)
        raise Unavailable("too many insights are added at once")

    async def memo(self, principal: str) -> str:
        """All of a caller, as a text."""
        kept = _read(await self._space.get(self._key(principal)))
        if not kept:
            return "No insights yet; append_insight adds one."
        lines = "\n".join("- " + insight.replace("\n", "\n  ") for insight in kept)
        return f"Insights from the database ({len(kept)}):\n\n{lines}\n"

    def _key(self, principal: str) -> str:
        return f"insights:{self._database}:{principal}"


def _read(kept: bytes | None) -> list[str]:
    found: list[str] = json.loads(kept) if kept else []
    return found


def _newest(insights: list[str]) -> list[str]:
    size = 0
    for count, insight in enumerate(reversed(insights)):
        size += len(insight)
        if size > MOST:
            return insights[-count:]
    return insights
