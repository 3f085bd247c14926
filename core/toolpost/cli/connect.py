"""`toolpost connect`: writes toolpost into a client's configuration."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from toolpost.config.edit import replace
from toolpost.errors import ConfigError

NAME = "toolpost"


@click.command()
@click.argument("client", type=click.Choice(["claude-desktop"]))
@click.option("--print", "only_print", is_flag=True, help="Show the entry instead of writing it.")
@click.option("--remove", is_flag=True, help="Take toolpost out again.")
@click.option("--file", "target", type=click.Path(dir_okay=False, path_type=Path), help="The client's file, if elsewhere.")
@click.pass_obj
def connect(config: Path | None, client: str, only_print: bool, remove: bool, target: Path | None) -> None:
    """Make a client start toolpost.

    Everything else in the client's file stays, and the file as it was is kept beside it with
    .backup at its end. Restart the client afterwards.
    """
    entry = server_entry(config)
    if only_print:
        click.echo(json.dumps({"mcpServers": {NAME: entry}}, indent=2))
        return
    path = target or claude_desktop_file()
    settings = _read(path)
    servers = settings.setdefault("mcpServers", {})
    if not isinstance(servers, dict):
        raise ConfigError(f"{path}: mcpServers is no object; mend it, or move the file away")
    if remove:
        if servers.pop(NAME, None) is None:
            click.echo(f"toolpost is not in {path}")
            return
    else:
        servers[NAME] = entry
    _write(path, settings)
    click.echo(f"toolpost is {'out of' if remove else 'in'} {path}; restart Claude Desktop")


def server_entry(config: Path | None) -> dict[str, Any]:
    """How a client starts this very toolpost: by absolute paths, since a GUI has a PATH of its own."""
    command = shutil.which("toolpost", path=str(Path(sys.executable).parent)) or shutil.which("toolpost")
    start = [command] if command else [sys.executable, "-m", "toolpost"]
    given = ["--config", str(config.resolve())] if config else []
    return {"command": start[0], "args": [*start[1:], *given, "serve"]}


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


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        settings = json.loads(path.read_text("utf-8-sig") or "{}")
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as JSON: {error}; mend it, or move the file away") from None
    if not isinstance(settings, dict):
        raise ConfigError(f"{path}: holds no JSON object; mend it, or move the file away")
    return settings


def _write(path: Path, settings: dict[str, Any]) -> None:
    if path.exists():
        shutil.copy2(path, path.with_name(f"{path.name}.backup"))
    replace(path, json.dumps(settings, indent=2, ensure_ascii=False) + "\n")
