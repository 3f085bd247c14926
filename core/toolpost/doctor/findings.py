"""Everything there is to say of an installation, the good included."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from toolpost import __version__
from toolpost.config.environment import dotenv_file
from toolpost.config.load import Config, PluginTable
from toolpost.config.places import DEFAULT, place_of
from toolpost.doctor.coverage import everything, gaps
from toolpost.doctor.guards import weaknesses
from toolpost.doctor.orders import stated, wrong
from toolpost.folders import Folders
from toolpost.host import Host
from toolpost.plugins.broken import Broken
from toolpost.plugins.expected import expected
from toolpost.plugins.reading import forgotten, unmarked
from toolpost.plugins.unlisted import unlisted
from toolpost.tools.doubt import Doubt

Level = Literal["ok", "note", "warn", "look"]


class Finding(NamedTuple):
    """One thing that was looked at.

    `note` is how something stands, `warn` what weakens this installation,
    though an operator may have chosen it, and `look` what needs mending.
    """

    level: Level
    text: str


def of_surroundings() -> Iterator[Finding]:
    """What is found before there is a configuration."""
    python, system = platform.python_version(), platform.platform(terse=True)
    yield Finding("ok", f"toolpost {__version__} on Python {python}, {system}")
    folders = Folders.of_user()
    for kind in ("config", "cache", "data"):
        folder: Path = getattr(folders, kind)
        existing = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
        if existing.is_dir() and os.access(existing, os.W_OK):
            yield Finding("ok", f"{kind} folder {folder}")
        else:
            yield Finding("look", f"{kind} folder {folder}: {existing} is not writable")


def of_configuration(config: Config) -> Iterator[Finding]:
    """What a configuration says of itself, before any plugin is imported."""
    yield Finding("ok", f"configuration {config.path}, {len(config.enabled)} plugins enabled")
    if (dotenv := dotenv_file(config.path.parent)) is not None:
        yield Finding("ok", f"variables of {dotenv.resolve()}")
    yield from (Finding("look", text) for text in wrong([table.name for table in config.enabled]))
    yield from (Finding("warn", text) for text in weaknesses(config))


def of_host(host: Host, config: Config) -> Iterator[Finding]:
    """What the plugins turned out to be."""
    for name, reason in host.registry.broken.items():
        yield Finding("look", Broken(name, reason).sentence)
    for name, plugin in host.registry.plugins.items():
        yield from (Finding("look", f"plugin {name!r}: {forgotten(hook)}") for hook in unmarked(plugin))
    yield from (Finding("look", clash) for clash in host.registry.clashes)
    for name in host.registry.idle():
        yield Finding("look", f"plugin {name!r} contributes nothing; its hooks need @hookimpl")
    offered = f"{len(host.tools)} tools: {', '.join(host.tools) or 'no plugin offers any'}"
    yield Finding("ok" if host.tools else "look", offered)
    yield from _coming(host)
    yield from (Finding("look", text) for text in oddities(host, config))
    yield from (Finding("note", text) for text in notes(host, config))
    yield from (Finding("warn", gap.sentence) for gap in gaps(host))
    yield from _notes(host)


def oddities(host: Host, config: Config) -> Iterator[str]:
    """What is probably not meant as it stands in the configuration; `config check` refuses it, too."""
    order = [name for name, _ in reversed(host.layers)]
    yield from wrong(order, stated(host.layers))
    yield from (doubt for doubt in _doubts(host, config) if not doubt.note)


def notes(host: Host, config: Config) -> Iterator[str]:
    """What in the configuration only shows to be right or wrong when toolpost runs."""
    return (doubt for doubt in _doubts(host, config) if doubt.note)


def _doubts(host: Host, config: Config) -> Iterator[Doubt]:
    """What plugins and their layers find odd in their own settings, now that all tools are known, with its place."""
    names, tools = [table.name for table in config.enabled], [*everything(host), *unlisted(host.registry)]
    known = (tools, names, expected(host.registry))
    for name, one in speakers(host, "doubts"):
        table = config.plugins.get(name)
        try:
            # As one: a plugin that stops in the middle of a sentence is asked no further.
            found = [doubt if isinstance(doubt, Doubt) else Doubt(str(doubt)) for doubt in one.doubts(*known)]
        except Exception as error:
            yield Doubt(f"plugin {name!r} cannot say what it doubts: {type(error).__name__}")
            continue
        for doubt in found:
            place = f"plugin {name!r}" if table is None else _place(table, doubt)
            yield Doubt(f"{place}: {doubt}", doubt.cause, note=doubt.note)


def _place(table: PluginTable, doubt: Doubt) -> str:
    """Where the setting stands that is doubted, or its table."""
    place = place_of(table, doubt.cause)
    return table.source.at() if place == DEFAULT else f"{place}: [plugins.{table.name}]"


def _coming(host: Host) -> Iterator[Finding]:
    for name, patterns in expected(host.registry).items():
        yield Finding("ok", f"plugin {name!r} brings more tools when toolpost runs: {', '.join(patterns)}")


def _notes(host: Host) -> Iterator[Finding]:
    """What plugins want an operator to know of how they stand."""
    for name, one in speakers(host, "notes"):
        try:
            yield from [Finding("note", f"plugin {name!r}: {note}") for note in one.notes()]
        except Exception as error:
            yield Finding("look", f"plugin {name!r} cannot say how it stands: {type(error).__name__}")


def speakers(host: Host, word: str) -> Iterator[tuple[str, Any]]:
    """The plugins and layers that have something of a name to say, each once, in the order of the configuration."""
    layers, plugins = dict(reversed(host.layers)), host.registry.plugins
    for name in dict.fromkeys([*plugins, *layers]):
        both = (plugins.get(name), layers.get(name))
        distinct = both[:1] if both[0] is both[1] else both
        yield from ((name, one) for one in distinct if callable(getattr(one, word, None)))
