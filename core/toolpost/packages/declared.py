"""The commands that plugins add to the command line, as metadata declares them: read without importing any plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from importlib_metadata import EntryPoint, entry_points

from toolpost.packages.manifest import manifest_of
from toolpost.plugins.distribution import facts, normal
from toolpost.plugins.find import Found, installed
from toolpost.plugins.sources import docstring_of

# `models = "toolpost_openai.commands:group"`; a command within a group is `tools.review`.
GROUP = "toolpost.commands"


@dataclass(frozen=True)
class Declared:
    """A command, by its words after `toolpost`: what it is for, and the plugin that adds it."""

    words: tuple[str, ...]
    plugin: str
    summary: str


def declared() -> list[Declared]:
    """All that installed distributions declare, by name; of two with one name the first counts."""
    plugins = installed()
    by_name: dict[tuple[str, ...], Declared] = {}
    for one in (*_of_entry_points(plugins), *_of_manifests(plugins)):
        by_name.setdefault(one.words, one)
    return [by_name[words] for words in sorted(by_name)]


def _of_entry_points(plugins: Mapping[str, list[Found]]) -> Iterator[Declared]:
    claims = [claim for found in plugins.values() for claim in found[:1]]
    for entry_point in _entry_points():
        owner = _owner(entry_point, claims)
        if owner is not None:
            words = tuple(entry_point.name.split("."))
            module, _, name = (entry_point.value or "").partition(":")
            yield Declared(words, owner.name, docstring_of(module.strip(), name.strip(), words[-1]) or owner.summary)


def _of_manifests(plugins: Mapping[str, list[Found]]) -> Iterator[Declared]:
    for name, claims in plugins.items():
        said = manifest_of(claims[0])
        for item in said["commands"] if said is not None else ():
            if words := tuple(str(item.get("name") or "").split()):
                yield Declared(words, name, str(item.get("description") or "").partition("\n")[0])


def _owner(entry_point: EntryPoint, claims: Iterable[Found]) -> Found | None:
    """The plugin whose command it is: of the same distribution, and the nearest by its module."""
    dist = entry_point.dist
    name = normal(facts(dist).name) if dist is not None else ""
    same = [claim for claim in claims if normal(claim.facts.name) == name]
    return max(same, key=lambda claim: _shared(claim.module, entry_point.value or ""), default=None)


def _shared(one: str, other: str) -> int:
    """How many packages two modules have in common."""
    pairs = zip(one.split("."), other.partition(":")[0].split("."), strict=False)
    return next((depth for depth, (left, right) in enumerate(pairs) if left != right), one.count(".") + 1)


def _entry_points() -> Iterable[EntryPoint]:
    # A distribution whose metadata is broken is no reason to go without help.
    with suppress(Exception):
        return entry_points(group=GROUP)
    return ()
