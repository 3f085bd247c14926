"""What is counted, in plain numbers: the only part of metrics that stands on a call's path."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, fields

OTHER = "other"
Numbers = dict[str, int]
Pairs = dict[tuple[str, str], float]


@dataclass(slots=True)
class Tally:
    """The calls of one tool by one surface; times are in seconds by the number of their bucket, money in dollars."""

    plugin: str = ""
    calls: int = 0
    seconds: float = 0.0
    errors: Numbers = field(default_factory=dict)
    buckets: dict[int, int] = field(default_factory=dict)
    tokens: Numbers = field(default_factory=dict)
    cost: float = 0.0
    cache: Numbers = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Take in the numbers of another."""
        self.plugin = other.plugin or self.plugin
        self.calls += other.calls
        self.seconds += other.seconds
        self.cost += other.cost
        for mine, theirs in ((self.errors, other.errors), (self.tokens, other.tokens), (self.cache, other.cache)):
            _add(mine, theirs)
        _add(self.buckets, other.buckets)


@dataclass(slots=True)
class Counters:
    """Tallies by tool and surface, decisions and their numbers by layer, tokens by model, calls by principal."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    decisions: Pairs = field(default_factory=dict)
    amounts: Pairs = field(default_factory=dict)
    models: Pairs = field(default_factory=dict)
    principals: Numbers = field(default_factory=dict)

    def add(self, other: Counters) -> None:
        """Take in the numbers of others, which stay as they are."""
        for place, tally in other.tallies.items():
            self.tallies.setdefault(place, Tally()).add(tally)
        _add(self.decisions, other.decisions)
        _add(self.amounts, other.amounts)
        _add(self.models, other.models)
        _add(self.principals, other.principals)

    def copy(self) -> Counters:
        """The same numbers, which will not change."""
        return deepcopy(self)

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


@dataclass
class Names:
    """The first so many names; each further one is `other`, so that nobody can fill memory with names."""

    limit: int
    known: set[str] = field(default_factory=set)

    def label(self, name: str) -> str:
        """The name under which something is counted."""
        if name in self.known:
            return name
        if len(self.known) >= self.limit:
            return OTHER
        self.known.add(name)
        return name


def by_tool(tallies: dict[tuple[str, str], Tally]) -> Iterator[tuple[str, Tally]]:
    """One tally for each tool, whatever the surface, in the order of their names."""
    found: dict[str, Tally] = {}
    for (tool, _), tally in tallies.items():
        found.setdefault(tool, Tally()).add(tally)
    yield from sorted(found.items())


def _add(mine: dict, theirs: dict) -> None:  # type: ignore[type-arg]  # any key, any number
    for key, number in theirs.items():
        mine[key] = mine.get(key, 0) + number
