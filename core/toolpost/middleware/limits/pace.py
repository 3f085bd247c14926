"""How fast and how wide a limit lets calls through, and the arithmetic of its bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

RATE = r"(\d+(?:\.\d+)?) ?/ ?(?:(\d+(?:\.\d+)?) ?)?(second|minute|hour|day)s?"
SPANS = {"second": 1.0, "minute": 60.0, "hour": 3_600.0, "day": 86_400.0}
UNLIMITED = "unlimited"
# A timer may ring a little early; what is missing then is no reason to wait again.
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Pace:
    """A token every `interval` seconds, a bucket that takes `window` seconds to fill, so many calls at once.

    Zero stands for no such limit.
    """

    interval: float
    window: float
    concurrency: int
    words: str

    @classmethod
    def of(cls, rate: str, burst: int | None, concurrency: int) -> Pace:
        """The pace that a rule's settings say.

        Raises:
            ValueError: the rate is none.
        """
        count, seconds = _read(rate)
        interval = seconds / count if count else 0.0
        held = burst if burst is not None else max(1, int(count))
        said = [f"{rate} with bursts of {held}"] * bool(interval) + [f"{concurrency} at once"] * bool(concurrency)
        return cls(interval, interval * held, concurrency, " and ".join(said) or UNLIMITED)

    def without_rate(self) -> Pace:
        """The same for what needs no token."""
        return replace(self, interval=0.0, window=0.0)

    def step(self, full_at: float, now: float) -> tuple[float, float]:
        """Take one token: when the bucket is full again, and the seconds to wait if there is none to take.

        The generic cell rate algorithm (ITU-T I.371): a bucket is the time at
        which it is full, so it costs one number, and a full one nothing.
        """
        after = (full_at if full_at > now else now) + self.interval
        wait = after - now - self.window
        if wait <= SLACK:
            return after, 0.0
        if wait > self.interval + SLACK:
            # Emptier than empty: the clock was set back, and would lock the caller out for as long.
            return now + self.window, self.interval
        return full_at, wait

    def wait(self, full_at: float, now: float, ahead: int) -> float:
        """The seconds until there is a token behind so many others that will be taken first."""
        behind = max(full_at, now) - now + (ahead + 1) * self.interval - self.window
        return behind if behind > SLACK else 0.0


def _read(rate: str) -> tuple[float, float]:
    """The count and the seconds of a rate; zeros where there is none."""
    if rate in ("", UNLIMITED):
        return 0.0, 0.0
    found = re.fullmatch(RATE, rate.strip())
    if found is None or not float(found[1]) or not float(found[2] or 1):
        raise ValueError(f"rate {rate!r} cannot be read; write it like '10/minute', '1/5 seconds' or 'unlimited'")
    return float(found[1]), float(found[2] or 1) * SPANS[found[3]]
