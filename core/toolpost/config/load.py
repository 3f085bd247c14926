"""Reads a configuration file, with what the environment adds to it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from toolpost.config.environment import Variables, overrides
from toolpost.config.fields import Setting, Source, keyword_arguments
from toolpost.config.locate import Stamp, locate
from toolpost.config.tables import TABLES, GuardSettings, Http, Server, ToolSettings
from toolpost.errors import ConfigError
from toolpost.nearest import did_you_mean


@dataclass(frozen=True)
class Switches:
    """What every `[plugins.<name>]` may say besides the plugin's own settings."""

    enabled: bool = True
    required: bool = False
    isolation: Literal["", "process", "thread"] = ""


@dataclass(frozen=True)
class ProcessSwitches(Switches):
    """What one whose `isolation` is "process" may say too: bytes of memory, 0 for any, and variables that it sees."""

    memory: Annotated[int, Field(ge=0)] = 0
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class PluginTable:
    """One `[plugins.<name>]`: whether the plugin runs, and its settings."""

    name: str
    enabled: bool
    required: bool
    settings: Mapping[str, Setting]
    source: Source
    isolation: Literal["", "process", "thread"] = ""
    memory: int = 0
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Config:
    """A configuration file as read; `plugins` keeps the order of the file; `stamp` is how that was before."""

    path: Path
    server: Server
    tools: ToolSettings
    plugins: Mapping[str, PluginTable]
    guards: GuardSettings
    http: Http
    given: Path | None = None
    stamp: Stamp | None = field(default=None, compare=False)
    own_settings: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)

    @property
    def enabled(self) -> list[PluginTable]:
        """The plugins that run, outermost layer first."""
        return [table for table in self.plugins.values() if table.enabled]


def load(given: Path | None = None, environ: Mapping[str, str] | None = None, *, lenient: bool = False) -> Config:
    """Find, read and check the configuration; `lenient` lets variables be missing.

    Raises:
        ConfigError: with the file, the line, the table and the key, and what to do.
    """
    environ = os.environ if environ is None else environ
    path = locate(given, environ)
    stamp = Stamp.of(path)
    return replace(read(path, Variables.of(environ, path.parent, lenient=lenient)), given=given, stamp=stamp)


def read(path: Path, variables: Variables) -> Config:
    """The configuration in one file."""
    text, tree = parse(path)
    _refuse_unknown(tree, (*TABLES, "plugins"), Source(path, text, ()))
    tree = {name: _table(tree.get(name, {}), Source(path, text, (name,))) for name in (*TABLES, "plugins")}
    above = overrides(variables, tree["plugins"])
    sources = {name: Source(path, text, (name,)) for name in TABLES}
    own = {name: _settings(tree[name], above.get(name, {}), sources[name], variables) for name in TABLES}
    tables = {name: cls(**keyword_arguments(cls, own[name], sources[name])) for name, cls in TABLES.items()}
    plugins = {
        name: _plugin(name, table, above.get(name, {}), Source(path, text, ("plugins", name)), variables)
        for name, table in tree["plugins"].items()
    }
    return Config(path, plugins=plugins, own_settings=own, **tables)


def parse(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and what it says."""
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
        tree = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: this is not UTF-8; save the file in that encoding") from None
    except (ValueError, RecursionError) as error:
        line = _line_in(str(error)) or text.rstrip().count("\n") + 1
        raise ConfigError(f"{path}:{line}: {_why(str(error))}") from None
    if not text.strip():
        raise ConfigError(f"{path}:1: the file is empty; delete it to use the shipped configuration")
    return text, tree


def _why(message: str) -> str:
    """What is wrong with the TOML, in words that say what to do."""
    if re.search(r"immutable namespace|Cannot declare|overwrite a value", message):
        return (
            "this table or key is there already, in a line above (`rules = []` is one, too); delete one of the two, "
            "or write both in one place"
        )
    without_line = re.sub(r" ?\(at line \d+, column \d+\)", "", message)
    return f"this is not TOML: {without_line or 'nested too deeply'}"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None


def _line_in(message: str) -> int | None:
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else None


def _plugin(name: str, table: Any, above: Mapping[str, Setting], source: Source, variables: Variables) -> PluginTable:
    raw = _table(table, source)
    kind = ProcessSwitches if _isolation(raw, above) == "process" else Switches
    keys = vars(kind()).keys()
    said = {key: value for key, value in raw.items() if key in keys}
    above_said = {key: setting for key, setting in above.items() if key in keys}
    switches = kind(**keyword_arguments(kind, _settings(said, above_said, source, variables), source))
    if switches.required and not switches.enabled:
        raise ConfigError(f"{source.at('required')}: the plugin is required and not enabled; change one of the two")
    rest = {key: value for key, value in raw.items() if key not in keys}
    over = {key: setting for key, setting in above.items() if key not in keys}
    settings = _settings(rest, over, source, variables) if switches.enabled else {}
    return PluginTable(name, settings=settings, source=source, **vars(switches))


def _isolation(raw: Mapping[str, Any], above: Mapping[str, Setting]) -> Any:
    return above["isolation"].value if "isolation" in above else raw.get("isolation")


def _settings(
    raw: Mapping[str, Any], above: Mapping[str, Setting], source: Source, variables: Variables
) -> dict[str, Setting]:
    here = {
        key: Setting(variables.fill(value, source.at(key)), source.at(key), variables.names(value))
        for key, value in raw.items()
        if key not in above
    }
    return here | dict(above)


def _table(value: Any, source: Source) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{source.at()}: this is a table; write [{'.'.join(source.table)}] and its keys below")
    return value


def _refuse_unknown(tree: Mapping[str, Any], known: Iterable[str], source: Source) -> None:
    for key in tree:
        if key not in known:
            raise ConfigError(f"{source.at(key)}: unknown table {key!r}; {did_you_mean(key, known)}")
