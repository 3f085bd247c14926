"""Servers written into the person's configuration, and taken out of it; every comment stays."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from toolpost import ConfigError
from toolpost.kit import REFERENCE, Amendment, Edited, Variables, edit, first_finding, locate
from toolpost_upstream.servers.settings import Servers
from toolpost_upstream.servers.variables import escaped

Raw = Mapping[str, Any]
# Short tables stand in a line, as a person would write them.
IN_LINE = ("env", "headers", "oauth")


def configuration(given: Path | None) -> Path:
    """The file that is in effect."""
    return locate(given, os.environ)


def kept(text: str) -> str:
    """A text of the command line for the file: `${NAME}` is a variable, every other dollar sign itself."""
    parts, at = [], 0
    for found in REFERENCE.finditer(text):
        if found["name"]:
            parts += [escaped(text[at : found.start()]), found[0]]
            at = found.end()
    return "".join((*parts, escaped(text[at:])))


def checked(servers: Mapping[str, Raw], path: Path) -> None:
    """Refuse what the configuration would refuse, since toolpost would not start then.

    Raises:
        ConfigError: with the server, the key and the way out.
    """
    variables = Variables.of(os.environ, path.parent)
    filled = {name: variables.fill(dict(raw), f"server {name}") for name, raw in servers.items()}
    try:
        TypeAdapter(Servers).validate_python(filled)
    except ValidationError as error:
        raise ConfigError(f"server {first_finding(error)}") from None


def write(path: Path, servers: Mapping[str, Raw]) -> Edited:
    """Put servers into the file, in the place of those that have their names."""
    checked(servers, path)
    try:
        return edit(path, _placing(servers, _table))
    except ConfigError:
        # Where a person has them in a line, or with dots, no table can be put among them.
        return edit(path, _placing(servers, _in_line))


def remove(path: Path, name: str) -> Edited:
    """Take a server out of the file."""

    def change(document: Any) -> None:
        upstream = document["plugins"]["upstream"]
        del upstream["servers"][name]
        if not upstream["servers"]:
            del upstream["servers"]

    return edit(path, change)


def report(edited: Edited) -> None:
    """Say which file counts from now on, where that changes."""
    if edited.copied_from:
        click.echo(
            f"{edited.copied_from} came with toolpost and stays as it is; your own is {edited.path} from now on",
            err=True,
        )


def _placing(servers: Mapping[str, Raw], form: Callable[[Raw], Any]) -> Amendment:
    def change(document: Any) -> None:
        import tomlkit

        upstream = document.setdefault("plugins", {}).setdefault("upstream", {})
        if not upstream.get("servers"):
            # Without a header of its own, also in the place of `servers = {}`: those below it say enough.
            upstream["servers"] = tomlkit.table(is_super_table=True)
        for name, raw in servers.items():
            upstream["servers"][name] = form(raw)

    return change


def _table(raw: Raw) -> Any:
    import tomlkit

    table = tomlkit.table()
    for key, value in raw.items():
        table[key] = _in_line(value) if key in IN_LINE else value
    table.add(tomlkit.nl())
    return table


def _in_line(raw: Raw) -> Any:
    import tomlkit

    table = tomlkit.inline_table()
    table.update({key: _in_line(value) if isinstance(value, Mapping) else value for key, value in raw.items()})
    return table


def variable_in(text: str) -> bool:
    """Whether a value is taken from the environment, and not written into the file."""
    return any(found["name"] for found in re.finditer(REFERENCE, text))
