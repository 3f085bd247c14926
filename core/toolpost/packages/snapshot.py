"""Which distributions are installed, and what has changed between two looks."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from importlib_metadata import PackageNotFoundError, distribution, distributions

from toolpost.errors import PluginError
from toolpost.nearest import did_you_mean
from toolpost.plugins.distribution import Facts, Metadata, facts, normal
from toolpost.plugins.find import Found, installed


@dataclass(frozen=True)
class Snapshot:
    """The installed distributions by normal name, and the plugins."""

    packages: Mapping[str, Facts] = field(default_factory=dict)
    plugins: Mapping[str, list[Found]] = field(default_factory=dict)

    @classmethod
    def take(cls) -> Snapshot:
        """What is installed now, also what was not a moment ago."""
        importlib.invalidate_caches()
        found: dict[str, Facts] = {}
        for dist in distributions():
            with suppress(Exception):  # one whose metadata is broken
                said = facts(dist)
                found.setdefault(normal(said.name), said)
        found.pop("", None)
        return cls(found, installed())

    def changes(self, before: Snapshot) -> Iterator[str]:
        """A line for each distribution that is new, gone or of another version."""
        for name in sorted({*self.packages, *before.packages}):
            old, new = before.packages.get(name), self.packages.get(name)
            if old is None and new is not None:
                yield f"+ {new.name} {new.version}"
            elif new is None and old is not None:
                yield f"- {old.name} {old.version}"
            elif old is not None and new is not None and old.version != new.version:
                yield f"~ {new.name} {old.version} → {new.version}"

    def brought(self, name: str) -> list[str]:
        """The plugins of a distribution."""
        return [
            plugin for plugin, claims in self.plugins.items() if any(normal(one.facts.name) == name for one in claims)
        ]

    def distribution(self, name: str) -> str:
        """The normal name of a distribution, by its own name or by that of a plugin in it.

        Raises:
            PluginError: there is no such thing, or several distributions have such a plugin.
        """
        if (plain := normal(name)) in self.packages:
            return plain
        claims = self.plugins.get(name, [])
        if not claims:
            raise PluginError(
                f"neither a distribution nor a plugin {name!r} is installed; {did_you_mean(name, self.plugins)}"
            )
        if len(claims) > 1:
            both = " and ".join(claim.facts.name for claim in claims)
            raise PluginError(f"{both} both call a plugin {name!r}; name the distribution that you mean")
        return normal(claims[0].facts.name)

    def fresh(self, before: Snapshot) -> list[str]:
        """The plugins that were not there before, or have more claims now."""
        return [name for name, claims in self.plugins.items() if len(claims) > len(before.plugins.get(name, []))]


def origin_of(name: str) -> dict[str, Any]:
    """Where an installed distribution is from, by its name."""
    with suppress(PackageNotFoundError):
        return origin(distribution(name))
    return {}


def origin(dist: Metadata) -> dict[str, Any]:
    """Where a distribution was installed from, if not from an index (PEP 610)."""
    with suppress(ValueError):
        found = json.loads(dist.read_text("direct_url.json") or "{}")
        return found if isinstance(found, dict) else {}
    return {}
