"""Pins of tools that are long gone: on which day each was last there, and which are dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path

from toolpost.middleware.injection.pinned import Key, lenient

SEEN = "seen.toml"
HEAD = "# On which day each tool with a pin was last there; written by toolpost.\n"
# A tool that comes back later than that is new; so is one of too many, if nobody has offered it for a day.
DAYS, AT_MOST = 90, 20_000


def days(folder: Path) -> dict[Key, str]:
    """The day on which each tool was last there, as ISO 8601 has it."""
    found: dict[Key, str] = {}
    for day, plugins in sorted(lenient(folder / SEEN).items()):
        for plugin, names in plugins.items() if isinstance(plugins, dict) else ():
            found |= {(plugin, name): day for name in names if isinstance(name, str)} if isinstance(names, list) else {}
    return found


def updated(known: Collection[Key], before: Mapping[Key, str], there: Collection[Key], today: date) -> dict[Key, str]:
    """The days of all that is pinned: today's for what is there, and for what nobody has counted yet."""
    now = today.isoformat()
    return {key: now if key in there else before.get(key, now) for key in known}


def gone(seen: Mapping[Key, str], today: date) -> set[Key]:
    """Those that were there too long ago, and of too many those that were there before all others."""
    oldest, yesterday = ((today - timedelta(count)).isoformat() for count in (DAYS, 1))
    found = {key for key, day in seen.items() if day < oldest}
    spare = sorted((day, key) for key, day in seen.items() if key not in found and day < yesterday)
    excess = max(0, len(seen) - len(found) - AT_MOST)
    return found | {key for _, key in spare[:excess]}


def write(folder: Path, seen: Mapping[Key, str]) -> None:
    """Write the days down. The lock must be held."""
    import tomli_w

    from toolpost.config.edit import replace

    tables: dict[str, dict[str, list[str]]] = {}
    for (plugin, name), day in sorted(seen.items(), key=lambda one: (one[1], one[0])):
        tables.setdefault(day, {}).setdefault(plugin, []).append(name)
    replace(folder / SEEN, HEAD + tomli_w.dumps(tables))
