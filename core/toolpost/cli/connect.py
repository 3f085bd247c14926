"""`toolpost connect`: writes toolpost into a client's configuration."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import click

from toolpost.config.edit import BOM, replace
from toolpost.config.locate import is_shipped, locate, user_file
from toolpost.errors import ConfigError
from toolpost.folders import HOME

NAME = "toolpost"
SERVERS = "mcpServers"


class Settings(NamedTuple):
    """A client's file, with the form that it is written in."""

    values: dict[str, Any]
    indent: str = "  "
    mark: str = ""


@click.command()
@click.argument("client", type=click.Choice(["claude-desktop"]))
@click.option("--print", "only_print", is_flag=True, help="Show the entry instead of writing it.")
@click.option("--remove", is_flag=True, help="Take toolpost out again.")
@click.option("--file", "target", type=click.Path(dir_okay=False, path_type=Path), help="The client's file.")
@click.pass_obj
def connect(config: Path | None, client: str, only_print: bool, remove: bool, target: Path | None) -> None:
    """Make a client start toolpost.

    Everything else in the client's file stays, and the file as it was is kept beside it with
    .backup at its end. Restart the client afterwards.

    \b
    toolpost connect claude-desktop
    toolpost --config work.toml connect claude-desktop --print
    """
    if only_print:
        click.echo(json.dumps({SERVERS: {NAME: server_entry(config)}}, indent=2, ensure_ascii=False))
        return
    path = target or claude_desktop_file()
    settings = _read(path)
    changed = _without(settings.values) if remove else _with(settings.values, server_entry(config))
    if changed == settings.values:
        click.echo(f"toolpost is {'not' if remove else 'already'} in {path}")
        return
    _write(path, settings._replace(values=changed))
    click.echo(f"toolpost is {'out of' if remove else 'in'} {path}; restart Claude Desktop")


def server_entry(config: Path | None) -> dict[str, Any]:
    """How a client starts this very toolpost: by absolute paths, since a GUI has a PATH of its own.

    It has a working directory and an environment of its own too, so the entry
    names a configuration that was found through those.
    """
    command = shutil.which(NAME, path=str(Path(sys.executable).parent)) or shutil.which(NAME)
    start = [str(Path(command).absolute())] if command else [sys.executable, "-m", NAME]
    path = locate(config, os.environ)
    by_default = config is None and (is_shipped(path) or path == user_file())
    given = [] if by_default else ["--config", str(path.absolute())]
    home = {"env": {HOME: os.environ[HOME]}} if os.environ.get(HOME) else {}
    return {"command": start[0], "args": [*start[1:], *given, "serve"], **home}


def claude_desktop_file() -> Path:
    """Where Claude Desktop keeps its servers, on this platform."""
    match sys.platform:
        case "darwin":
            folder = Path.home() / "Library/Application Support"
        case "win32":
            folder = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
        case _:
            folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / "Claude" / "claude_desktop_config.json"


def _with(values: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    return {**values, SERVERS: {**values.get(SERVERS, {}), NAME: entry}}


def _without(values: dict[str, Any]) -> dict[str, Any]:
    if NAME not in values.get(SERVERS, {}):
        return values
    return {**values, SERVERS: {name: entry for name, entry in values[SERVERS].items() if name != NAME}}


def _read(path: Path) -> Settings:
    if not path.exists():
        return Settings({})
    try:
        text = path.read_bytes().decode("utf-8")
        values = json.loads(text.removeprefix(BOM).strip() or "{}", object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read as JSON: {error}; mend it, or move the file away") from None
    if not isinstance(values, dict) or not isinstance(values.get(SERVERS, {}), dict):
        raise ConfigError(f"{path}: the file, and {SERVERS} in it, must be objects; mend it, or move the file away")
    indent = re.search(r"^([ \t]+)\S", text, re.MULTILINE)
    return Settings(values, indent[1] if indent else "  ", BOM if text.startswith(BOM) else "")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one that has a key twice would lose something when it is written again."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands in it twice")
    return values


def _write(path: Path, settings: Settings) -> None:
    text = json.dumps(settings.values, indent=settings.indent, ensure_ascii=False)
    if not text.isascii():
        # Half a character, as "\ud83d" alone, can be written escaped only.
        text = text.encode("utf-8", "backslashreplace").decode()
    try:
        if path.exists():
            shutil.copy2(path, path.with_name(f"{path.name}.backup"))
    except OSError as error:
        raise ConfigError(f"{path}: no copy of it can be kept: {error.strerror or error}") from None
    replace(path, f"{settings.mark}{text}\n")
