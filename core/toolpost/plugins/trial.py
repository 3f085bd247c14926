"""A plugin that was never seen to start does so in a process of its own first: what it does there, it does to nobody.

An import that swallows whatever is raised in it cannot be ended in this
process, and one that ends its process, or breaks what all others stand on,
cannot be undone. What came through once is not tried again, until it changes
or a start with it did not end; nor is what took all the time it had.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from toolpost.config.load import Config
from toolpost.folders import Folders
from toolpost.plugins import patience
from toolpost.plugins.broken import Failure
from toolpost.plugins.bundle import bundle
from toolpost.plugins.distribution import normal
from toolpost.plugins.find import Found
from toolpost.plugins.proven import Proven
from toolpost.plugins.requirements import conflict
from toolpost.plugins.stuck import Stuck, way_out


def tried(config: Config, found: Mapping[str, list[Found]], folders: Folders) -> dict[str, Failure]:
    """Try those that must be tried, several at once; what came of those that did not come through."""
    candidates = {name: claim for name, claim in _strangers(config, found) if not conflict(claim.facts)}
    if not candidates:
        return {}
    stuck = Stuck(folders)
    known = {name: Failure(why) for name, claim in candidates.items() if (why := stuck.why(claim))}
    if sys.platform == "win32":  # whose pipes cannot be waited on
        return known
    proven = Proven(folders)
    if not (new := [name for name, claim in candidates.items() if name not in known and not proven.holds(claim)]):
        return known
    # What starts processes takes milliseconds to import, and most starts have nobody to try.
    from toolpost.plugins.trying import try_all

    failed = try_all(_without(config, [*new, *known]), new)
    late = {name: failure for name, failure in failed.items() if failure.late}
    stuck.learn((candidates[name], failure.why) for name, failure in late.items())
    failed |= {name: replace(failure, why=f"{failure.why}; {way_out(name)}") for name, failure in late.items()}
    proven.learn((candidates[name] for name in new if name not in failed), failed)
    return known | failed


def waited_for(claim: Found, seconds: float, why: str, folders: Folders | None) -> str:
    """What is said of an import that failed here, after so long; one that took all its time is remembered."""
    if folders is None or claim.is_bundled or seconds < patience.LONGEST:
        return why
    Stuck(folders).learn([(claim, why)])
    return f"{why}; {way_out(claim.name)}"


def under_trial(config: Config, found: Mapping[str, list[Found]]) -> list[str]:
    """The enabled plugins that did not come with toolpost and run in this process."""
    return [name for name, _ in _strangers(config, found)]


def _strangers(config: Config, found: Mapping[str, list[Found]]) -> Iterator[tuple[str, Found]]:
    # What came with toolpost is read once: for each plugin it takes as long as all of this.
    ours = bundle()
    for table in config.enabled:
        claims = found.get(table.name, [])
        if len(claims) == 1 and table.isolation != "process" and normal(claims[0].facts.name) not in ours:
            yield table.name, claims[0]


def _without(config: Config, names: Collection[str]) -> Config:
    """The configuration without these, and without what has a process of its own."""
    plugins = {
        name: replace(table, enabled=table.enabled and name not in names and table.isolation != "process")
        for name, table in config.plugins.items()
    }
    return replace(config, plugins=plugins)
