"""`toolpost connect`: writes toolpost into a client's configuration."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from toolpost.config.locate import is_shipped, locate, user_file
from toolpost.connect.clients import ANY, CLIENTS, Client
from toolpost.connect.clients import claude_desktop_file as claude_desktop_file
from toolpost.errors import ConfigError
from toolpost.folders import HOME, Folders

NAME = "toolpost"
GENERIC = "json"
ADDRESS = re.compile(r"https?://[^\s/]+\S*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@click.command()
@click.argument("client", type=click.Choice([*CLIENTS, GENERIC]))
@click.option("--project", is_flag=True, help="Write the file of the project in the working directory.")
@click.option("--http", "url", metavar="URL", help="Have the client call a toolpost that serves HTTP there.")
@click.option("--token-env", "token", metavar="NAME", help="With --http: the variable that holds the bearer token.")
@click.option("--print", "only_print", is_flag=True, help="Show the entry instead of writing it.")
@click.option("--dry-run", is_flag=True, help="Show what would change in the file, and write nothing.")
@click.option("--remove", is_flag=True, help="Take toolpost out again.")
@click.option("--file", "target", type=click.Path(dir_okay=False, path_type=Path), help="The client's file.")
@click.pass_obj
def connect(
    config: Path | None,
    client: str,
    project: bool,
    url: str | None,
    token: str | None,
    only_print: bool,
    dry_run: bool,
    remove: bool,
    target: Path | None,
) -> None:
    """Make a client start toolpost, or call one that runs; `json` prints what most other clients take.

    Everything else in the client's file stays, and the file as it was is kept beside it with
    .backup at its end. A token stays in the environment: the file names its variable.

    \b
    toolpost connect claude-desktop
    toolpost connect vscode --project
    toolpost connect cursor --http https://tools.example.com/mcp --token-env TOOLPOST_TOKEN
    toolpost --config work.toml connect claude-code --print
    """
    known = CLIENTS.get(client, ANY)
    entry = None if remove else _entry(known, config, url, token)
    if only_print or client == GENERIC:
        _print(client, known, entry or _entry(known, config, url, token), project)
        return
    _change(known, target or known.file(project), entry, dry_run)


def server_entry(config: Path | None) -> dict[str, Any]:
    """How a client starts this very toolpost: by absolute paths, since a GUI has a PATH of its own.

    It has a working directory and an environment of its own too, so the entry
    names a configuration that was found through those.
    """
    command = shutil.which(NAME, path=str(Path(sys.executable).parent)) or shutil.which(NAME)
    start = [str(Path(command).absolute())] if command else [sys.executable, "-P", "-m", NAME]
    path = locate(config, os.environ)
    by_default = config is None and (is_shipped(path) or path == user_file())
    given = [] if by_default else ["--config", str(path.absolute())]
    home = {"env": {HOME: os.environ[HOME]}} if os.environ.get(HOME) else {}
    return {"command": start[0], "args": [*start[1:], *given, "serve"], **home}


def _entry(client: Client, config: Path | None, url: str | None, token: str | None) -> dict[str, Any]:
    if token is not None and url is None:
        raise ConfigError("--token-env goes with --http; a toolpost that the client starts needs no token")
    if url is None:
        return client.started(server_entry(config))
    if not ADDRESS.fullmatch(url):
        raise ConfigError(f"--http: {url!r} is no address; write one such as http://127.0.0.1:8765/mcp")
    if token is not None and not VARIABLE.fullmatch(token):
        # What is given may be the token itself, and is not repeated.
        raise ConfigError("--token-env takes the name of a variable, such as TOOLPOST_TOKEN, and not the token")
    return client.called(url, token)


def _print(name: str, client: Client, entry: dict[str, Any], project: bool) -> None:
    click.echo(json.dumps({client.group: {NAME: entry}}, indent=2, ensure_ascii=False))
    if name == "claude-code":
        click.echo(f"or: {_command(entry, project)}", err=True)


def _command(entry: dict[str, Any], project: bool) -> str:
    """The same in Claude Code's own words."""
    add = ["claude", "mcp", "add", "--scope", "project" if project else "user"]
    if "url" in entry:
        headers = [word for key, value in entry.get("headers", {}).items() for word in ("--header", f"{key}: {value}")]
        return shlex.join([*add, "--transport", "http", NAME, entry["url"], *headers])
    given = [word for key, value in entry.get("env", {}).items() for word in ("--env", f"{key}={value}")]
    return shlex.join([*add, *given, NAME, "--", entry["command"], *entry["args"]])


def _change(client: Client, path: Path, entry: dict[str, Any] | None, dry_run: bool) -> None:
    from toolpost.connect.files import changed
    from toolpost.connect.made import Made

    change = changed(path, client, NAME, entry)
    if change.after == change.before:
        click.echo(f"toolpost is {'not' if entry is None else 'already'} in {path}")
        return
    if dry_run or sys.stderr.isatty():
        _show(path, change.before, change.after)
    if dry_run:
        return
    stays = change.write(Made(Folders.of_user()))
    gone = "" if stays else ", which it had made, and which went with it"
    click.echo(f"toolpost is {'out of' if entry is None else 'in'} {path}{gone}; {client.then} {client.title}")


def _show(path: Path, before: str, after: str) -> None:
    """The lines that change, and no others: a client's file may hold keys."""
    from difflib import unified_diff

    lines = unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), n=0, lineterm="")
    for line in lines:
        colour = {"+": "green", "-": "red"}.get(line[:1])
        click.secho(line, fg=colour, err=True)
