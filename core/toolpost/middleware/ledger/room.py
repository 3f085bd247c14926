"""How much each caller may leave behind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from toolpost.middleware.ledger.ticket import Outcome
from toolpost.tools.call import ToolResult
from toolpost.tools.results import weight

# Of each caller: so many results that wait to be fetched, and so many bytes of them.
KEPT, BYTES = 10_000, 256 * 1024 * 1024


@dataclass
class Share:
    """What one caller has under way, and what waits to be fetched: until when, and how large."""

    running: int = 0
    size: int = 0
    kept: deque[tuple[float, int]] = field(default_factory=deque)


@dataclass
class Room:
    """What callers of this process have left behind, counted; `running` bounds what each has under way."""

    running: int
    shares: dict[str, Share] = field(default_factory=dict)

    def has(self, owner: str, now: float) -> bool:
        """Whether this caller may leave another call behind."""
        share = self.shares.get(owner)
        if share is None:
            return self.running > 0
        while share.kept and share.kept[0][0] <= now:
            share.size -= share.kept.popleft()[1]
        return share.running < self.running and len(share.kept) < KEPT and share.size < BYTES

    def enter(self, owner: str) -> None:
        """A call was left behind."""
        self.shares.setdefault(owner, Share()).running += 1

    def leave(self, owner: str, until: float, size: int) -> None:
        """It has ended; its result is kept until then."""
        share = self.shares[owner]
        share.running -= 1
        share.size += size
        share.kept.append((until, size))


def size_of(outcome: Outcome) -> int:
    """About how many bytes wait to be fetched, counted no further than a caller may have."""
    if not isinstance(outcome, ToolResult):
        return 0
    held = sum(len(getattr(block, "text", "") or getattr(block, "data", "")) for block in outcome.content)
    return held + weight(outcome.structured, BYTES)
