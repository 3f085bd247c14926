"""Keeps the record of what was installed, as commands of the command line change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolpost.folders import Folders
from toolpost.packages.installers import Command
from toolpost.packages.record import Entry, Record
from toolpost.packages.requirement import Requirement, without_user
from toolpost.packages.running import shown
from toolpost.packages.snapshot import Snapshot, origin_of
from toolpost.plugins.distribution import normal

# What pip says of the indexes that it looks in.
INDEXES = re.compile(r"^Looking in (?:indexes|links): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Recording:
    """The record, told of by what has changed."""

    record: Record

    def installed(
        self,
        wanted: Sequence[Requirement],
        before: Snapshot,
        after: Snapshot,
        commands: Sequence[Command],
        said: Sequence[str],
    ) -> None:
        """Record what was asked for, and every distribution with plugins that is new or of another version."""
        changed = {name for name, facts in after.packages.items() if before.packages.get(name) != facts}
        asked = {one.name: one.text for one in wanted if one.name}
        with_plugins = {normal(claim.facts.name) for claims in after.plugins.values() for claim in claims}
        names = sorted((changed & with_plugins) | (asked.keys() & after.packages.keys()))
        command = "; ".join(map(shown, commands))
        unnamed = [one.text for one in wanted if not one.name]
        self.record.add(
            [
                Entry.now(
                    name,
                    after.packages[name].version,
                    after.brought(name),
                    requirement=without_user(asked.get(name) or (unnamed[0] if len(unnamed) == 1 else name)),
                    source=without_user(_source(name, said)),
                    command=command,
                )
                for name in names
            ]
        )


def record_of(config: Path | None) -> Recording:
    """The record of the person who runs this process."""
    return Recording(Record(Folders.of_user(config)))


def _source(name: str, said: Sequence[str]) -> str:
    url = origin_of(name).get("url")
    looked = INDEXES.findall("\n".join(said))
    return str(url) if url else ", ".join(looked) or "the index that is configured"
