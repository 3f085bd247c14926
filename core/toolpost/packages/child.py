"""Builds plugins and writes down what they contribute: run with `python -m`, and ended from outside if need be."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolpost.changes import Changes
from toolpost.config.environment import Variables
from toolpost.config.load import Config, load, read
from toolpost.errors import ConfigError, PluginError, ToolpostError
from toolpost.folders import Folders
from toolpost.packages.contribution import contribution
from toolpost.packages.manifest import Contribution
from toolpost.plugins.assemble import services
from toolpost.plugins.build import Built, build
from toolpost.plugins.find import installed
from toolpost.plugins.names import came_with_toolpost
from toolpost.plugins.needs import given_to
from toolpost.plugins.registry import Registry
from toolpost.reader import Reader


def answer(folder: Path, config: Path | None, names: Sequence[str]) -> dict[str, Contribution]:
    """Build the plugins, with the bundle where they need it, and look at each by itself."""

    built, provided = _built(folder, config, names)
    claims, classes = installed(), {name: type(plugin) for name, plugin in built.plugins.items()}
    found: dict[str, Contribution] = {}
    for name in names:
        if name not in built.plugins:
            raise PluginError(
                next((one.sentence for one in built.broken if one.name == name), f"{name!r} is not there")
            )
        registry = Registry({name: built.plugins[name]})
        if name in registry.broken:
            raise PluginError(f"plugin {name!r}: {registry.broken[name]}")
        given = given_to(name, classes, built.plugins, provided)
        found[name] = contribution(built.plugins[name], registry, claims[name][0], given)
    return found


def _built(folder: Path, config: Path | None, names: Sequence[str]) -> tuple[Built, dict[type, object]]:
    given: list[object] = [*services(Folders(folder), Reader()), Changes()]
    provided = {cls: one for one in given for cls in type(one).__mro__[:-1]}
    bundled = [name for name in installed() if name not in names and came_with_toolpost(name)]
    try:
        return build(_read(folder, config, names), given), provided
    except ConfigError:
        if config is not None:
            raise
        return build(_read(folder, None, [*bundled, *names]), given), provided


def _read(folder: Path, config: Path | None, names: Sequence[str]) -> Config:
    if config is not None:
        return load(config)
    path = folder / "config.toml"
    path.write_text("".join(f"[plugins.{json.dumps(name)}]\n" for name in names))
    return read(path, Variables({}, lenient=True))


def main() -> None:
    """Describe what is named on the command line; the answer is a file."""
    result, config, *names = sys.argv[1:]
    try:
        said: dict[str, Any] = {"plugins": answer(Path(result).parent, Path(config) if config else None, names)}
    except ToolpostError as error:
        said = {"failed": str(error)}
    Path(result).write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    # A thread that a plugin left behind is no reason to wait.
    os._exit(0)


if __name__ == "__main__":
    main()
