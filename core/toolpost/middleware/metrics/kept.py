"""Numbers that outlive the process: one entry of the store for each day of UTC, to which every process adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

from pydantic_core import from_json, to_json

from toolpost.errors import Unavailable
from toolpost.middleware.metrics.counters import Counters, Tally
from toolpost.store import Space

TRIES = 50
# With other bounds of the buckets, or another form, this is another number.
PREFIX = "day1:"


@dataclass(frozen=True)
class Days:
    """What was counted on each day, for `keep` seconds; `now` is the time of the wall."""

    space: Space
    now: Callable[[], float]
    keep: float

    async def add(self, counters: Counters) -> None:
        """Add numbers to those of today.

        Raises:
            Unavailable: the store cannot be used, and nothing was added.
        """
        key = f"{PREFIX}{self.today().isoformat()}"
        for _ in range(TRIES):
            old = await self.space.get(key)
            day = loaded(old)
            day.add(Counters(counters.tallies))
            if await self.space.swap(key, old, dumped(day), self.keep):
                return
        raise Unavailable("too many processes write at once")

    async def since(self, first: date | None) -> Counters:
        """The sum of all days from one on; of all that are kept, without one."""
        found = Counters()
        async for key, value in self.space.items(PREFIX):
            if first is None or key >= f"{PREFIX}{first.isoformat()}":
                found.add(loaded(value))
        return found

    def today(self) -> date:
        """The day of UTC."""
        return datetime.fromtimestamp(self.now(), UTC).date()


def dumped(counters: Counters) -> bytes:
    """The tallies as JSON."""
    rows = [{"tool": tool, "surface": surface, **asdict(tally)} for (tool, surface), tally in counters.tallies.items()]
    return to_json(rows)


def loaded(value: bytes | None) -> Counters:
    """The tallies of a day; none where the entry is broken."""
    found = Counters()
    try:
        for row in from_json(value) if value is not None else ():
            place = (row.pop("tool"), row.pop("surface"))
            row["buckets"] = {int(number): calls for number, calls in row["buckets"].items()}
            found.tallies[place] = Tally(**row)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Counters()
    return found
