"""The configuration of a bundle: the shipped one or a person's own, without secrets."""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from toolpost.config.environment import Variables
from toolpost.config.load import Config, parse, read
from toolpost.config.locate import locate, shipped_file
from toolpost.config.secrets import HIDDEN, visible
from toolpost.errors import ConfigError, PluginError
from toolpost.nearest import did_you_mean
from toolpost.plugins.find import installed, private_fields

BARE = re.compile(r"[\w-]+", re.ASCII)


def text_of(given: Path | None, plugins: Iterable[str]) -> str:
    """The text of the configuration, with a table for each plugin that it has not.

    Raises:
        ConfigError: a secret stands in it.
        PluginError: a plugin is not installed.
    """
    path = shipped_file() if given is None else locate(given, {})
    text, tree = parse(path)
    _refuse_secrets(path)
    tables = tree.get("plugins", {})
    for name in plugins:
        if name not in installed():
            raise PluginError(f"plugin {name!r} is not installed; {did_you_mean(name, installed())}")
        if name in tables and tables[name].get("enabled") is False:
            raise ConfigError(f"{path}: plugin {name!r} rests there; set enabled = true")
        if name not in tables:
            key = name if BARE.fullmatch(name) else f'"{name}"'
            text = f"{text.rstrip()}\n\n[plugins.{key}]\n"
    tomllib.loads(text)
    return text


def config_of(text: str) -> Config:
    """The configuration that a text stands for, whatever variables are set here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_text(text, "utf-8")
        return read(path, Variables({}, lenient=True))


def _refuse_secrets(path: Path) -> None:
    config = read(path, Variables({}, lenient=True))
    tables = {name: table.settings for name, table in config.plugins.items()} | dict(config.own_settings)
    for table, settings in tables.items():
        for key, setting in settings.items():
            shown = visible(key, setting, private_fields(table) if table in config.plugins else ())
            # Of tokens there are only hashes.
            if shown == HIDDEN and setting.value and not setting.variables and key != "tokens":
                raise ConfigError(
                    f"{path}: {key!r} of {table!r} is a secret, and whoever has the bundle would have it; "
                    "write it as ${VARIABLE}"
                )
