"""A rule as an operator writes it: which calls it is about, what shares a bucket, how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

if TYPE_CHECKING:
    from toolpost.middleware.limits.pace import Pace

Part = Literal["principal", "tool", "plugin", "provider", "model"]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


@dataclass
class Override:
    """Other figures for one principal; what is not named stays as in the rule, `concurrency = 0` lifts that limit."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    rate: str | None = None
    burst: Count | None = None
    concurrency: Annotated[int, Field(ge=0)] | None = None


@dataclass
class Rule:
    """One of `[[plugins.limits.rules]]`.

    `tools`, `plugins`, `providers`, `models` and `principals` hold names, or
    patterns with `*`; an empty list stands for all. `per` names what each has
    a bucket of its own for; without it all calls of the rule share one.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str = ""
    per: list[Part] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    plugins: list[str] = field(default_factory=list)
    providers: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    principals: list[str] = field(default_factory=list)
    rate: str = ""
    burst: Count | None = None
    concurrency: Count | None = None
    override: dict[str, Override] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.rate and not self.concurrency:
            raise ValueError("a rule needs a rate, such as '10/minute', or a concurrency")
        if self.override and "principal" not in self.per:
            raise ValueError("override is by principal; add 'principal' to per, so that each has a bucket")
        _ = self.pace, self.paces

    @property
    def pace(self) -> Pace:
        """How fast, for all that have no figures of their own."""
        return _pace(self.rate, self.burst, self.concurrency or 0)

    @property
    def paces(self) -> dict[str, Pace]:
        """How fast, for the principals that have."""
        return {name: self._other(other) for name, other in self.override.items()}

    @property
    def whose(self) -> str:
        """Who or what has a bucket, in words."""
        return f" for each {' and '.join(self.per)}" if self.per else ""

    @property
    def counts_running(self) -> bool:
        """Whether it bounds how many calls run at once."""
        return any(pace.concurrency for pace in (self.pace, *self.paces.values()))

    def _other(self, other: Override) -> Pace:
        rate = self.rate if other.rate is None else other.rate
        # A burst belongs to its rate: another rate has its own, unless one is named.
        burst = self.burst if other.burst is None and other.rate is None else other.burst
        concurrency = self.concurrency or 0 if other.concurrency is None else other.concurrency
        return _pace(rate, burst, concurrency)


def _pace(rate: str, burst: int | None, concurrency: int) -> Pace:
    # Most installations have no rules, and need nothing of what makes them work.
    from toolpost.middleware.limits.pace import Pace

    return Pace.of(rate, burst, concurrency)
