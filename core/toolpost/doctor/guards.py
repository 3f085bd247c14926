"""The layers that keep something from happening, and what weakens them in a configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from toolpost.config.load import Config
from toolpost.nearest import did_you_mean


class Guard(NamedTuple):
    """A layer by its plugin's name, what goes unguarded without it, and whether it stands around everything."""

    name: str
    without: str
    everywhere: bool


GUARDS = (
    Guard("policy", "rules about who may call what do not hold", False),
    Guard("limits", "one caller can use up everything", False),
    Guard("pii", "personal data and keys reach tools and models as they are", True),
    Guard("injection", "models cannot tell what a tool answers from instructions", True),
    Guard("validation", "arguments reach tools unchecked", True),
    Guard("ledger", "a call that costs money may be paid for twice", False),
)
NAMES = tuple(guard.name for guard in GUARDS)


def weaknesses(config: Config) -> Iterator[str]:
    """What an operator may have chosen, and should know of."""
    for guard in GUARDS:
        table = config.plugins.get(guard.name)
        if table is None or not table.enabled:
            yield f"guard {guard.name!r} is not enabled: {guard.without}; run `toolpost plugins enable {guard.name}`"
        elif not table.required:
            yield f"{table.source.at()}: if this guard does not start, toolpost runs without it; set required = true"
    yield from _open(config)


def _open(config: Config) -> Iterator[str]:
    enabled = [table.name for table in config.enabled]
    for name in config.guards.fail_open:
        if name in enabled:
            yield f"[guards] fail_open: calls go on without {name!r} when it fails; take it out to refuse them"
        else:
            yield f"[guards] fail_open: no plugin {name!r} is enabled; {did_you_mean(name, enabled)}"
