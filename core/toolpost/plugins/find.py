"""Finds the installed plugins through their entry points, without importing any."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from importlib_metadata import EntryPoint, distributions, entry_points

from toolpost.hookspecs import GROUP
from toolpost.plugins.bundle import bundle
from toolpost.plugins.distribution import Facts, facts, normal
from toolpost.plugins.sources import first_line, secret_fields


@dataclass(frozen=True)
class Found:
    """An installed plugin, as its distribution's metadata names it."""

    name: str
    entry_point: EntryPoint

    @cached_property
    def facts(self) -> Facts:
        """What its distribution says of itself."""
        dist = self.entry_point.dist
        return facts(dist) if dist else Facts("", "")

    @property
    def distribution(self) -> str:
        """The distribution that brought it, with its version."""
        return f"{self.facts.name} {self.facts.version}" if self.facts.name else "an unknown distribution"

    @property
    def version(self) -> str:
        """The version of that distribution; empty if it is unknown."""
        return self.facts.version

    @property
    def is_bundled(self) -> bool:
        """Whether its distribution came with toolpost."""
        return normal(self.facts.name) in bundle()

    @property
    def module(self) -> str:
        """The module that holds it; empty where the entry point is written wrongly."""
        return (self.entry_point.value or "").partition(":")[0].strip()

    @property
    def summary(self) -> str:
        """What the plugin's module says of itself in its first line, else its distribution."""
        return first_line(self.module) or self.facts.summary

    @property
    def private(self) -> frozenset[str]:
        """The fields that are annotated as secrets anywhere in the plugin's package, read as text."""
        return secret_fields(self.module.partition(".")[0])


def installed() -> dict[str, list[Found]]:
    """The installed plugins by name; a name that several distributions claim has all of them.

    What came with toolpost is first of those, and keeps the name.
    """
    return {name: [*claims] for name, claims in _installed(_places()).items()}


@lru_cache(maxsize=2)
def _installed(places: tuple[tuple[str, int], ...]) -> dict[str, list[Found]]:
    """Read once, until packages come or go: reading all metadata takes tens of milliseconds, and many ask."""
    found: dict[str, list[Found]] = {}
    for entry_point in _entry_points():
        found.setdefault(entry_point.name, []).append(Found(entry_point.name, entry_point))
    for claims in found.values():
        if len(claims) > 1:
            claims.sort(key=lambda claim: not claim.is_bundled)
    return dict(sorted(found.items()))


def _places() -> tuple[tuple[str, int], ...]:
    """Where packages lie, with when something came to or went from there."""

    def changed(place: str) -> int:
        try:
            return os.stat(place or os.curdir).st_mtime_ns  # noqa: PTH116 - a `Path` for each would take as long again
        except OSError:
            return 0

    return tuple((place, changed(place)) for place in sys.path)


def brought_by(name: str) -> str:
    """The distributions of a plugin, in brackets for a sentence."""
    claims = installed().get(name, [])
    return f" ({' and '.join(claim.distribution for claim in claims)})" if claims else ""


def private_fields(name: str) -> frozenset[str]:
    """The secret fields of a plugin by name."""
    return frozenset[str]().union(*(claim.private for claim in installed().get(name, [])))


def _entry_points() -> Iterable[EntryPoint]:
    try:
        return entry_points(group=GROUP)
    except Exception:  # some distribution's metadata is broken, and the others' is not
        return _readable({dist.name: dist for dist in reversed([*distributions()])}.values())


def _readable(dists: Iterable[Any]) -> Iterator[EntryPoint]:
    for dist in dists:
        with suppress(Exception):
            yield from dist.entry_points.select(group=GROUP)
