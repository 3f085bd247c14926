"""Everything there is to say of an installation, the good included."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from toolpost import __version__
from toolpost.config.environment import dotenv_file
from toolpost.config.load import Config
from toolpost.doctor.coverage import everything, gaps
from toolpost.doctor.guards import weaknesses
from toolpost.doctor.orders import stated, wrong
from toolpost.folders import Folders
from toolpost.host import Host
from toolpost.plugins.broken import Broken

Level = Literal["ok", "note", "look"]


class Finding(NamedTuple):
    """One thing that was looked at: `note` is what an operator may want so, `look` what needs mending."""

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
    yield from (Finding("note", text) for text in weaknesses(config))


def of_host(host: Host, config: Config) -> Iterator[Finding]:
    """What the plugins turned out to be."""
    for name, reason in host.registry.broken.items():
        yield Finding("look", Broken(name, reason).sentence)
    yield from (Finding("look", clash) for clash in host.registry.clashes)
    for name in host.registry.idle():
        yield Finding("look", f"plugin {name!r} contributes nothing; its hooks need @hookimpl")
    offered = f"{len(host.tools)} tools: {', '.join(host.tools) or 'no plugin offers any'}"
    yield Finding("ok" if host.tools else "look", offered)
    order = [name for name, _ in reversed(host.layers)]
    yield from (Finding("look", text) for text in wrong(order, stated(host.layers)))
    yield from (Finding("note", gap.sentence) for gap in gaps(host))
    yield from _doubts(host, config)


def _doubts(host: Host, config: Config) -> Iterator[Finding]:
    """What layers find odd in their own settings, now that all tools are known."""
    names = [table.name for table in config.enabled]
    for name, layer in reversed(host.layers):
        doubts = getattr(layer, "doubts", None)
        try:
            for doubt in doubts(everything(host), names) if callable(doubts) else ():
                yield Finding("look", f"{config.plugins[name].source.at()}: {doubt}")
        except Exception as error:
            yield Finding("look", f"plugin {name!r} cannot say what it doubts: {type(error).__name__}")
