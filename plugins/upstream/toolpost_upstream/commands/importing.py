"""`toolpost upstream import`: what a file of another program becomes in our configuration."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from toolpost import ConfigError
from toolpost.kit import Variables
from toolpost_upstream.commands.adding import literal_secrets
from toolpost_upstream.commands.writing import checked
from toolpost_upstream.servers.entries import settings_of, strangers, translated, unreadable
from toolpost_upstream.servers.files import Unreadable, read
from toolpost_upstream.servers.foreign import plain_name
from toolpost_upstream.servers.ourselves import is_ourselves
from toolpost_upstream.servers.server import Server
from toolpost_upstream.servers.settings import ServerSettings
from toolpost_upstream.servers.variables import Place, escaped, rewritten, variable_for

COPY = "what it is to hold stands in {path}, if it is one of the secrets there"


@dataclass(frozen=True)
class Import:
    """What one entry becomes: its settings, or None with the reason; and what a person should know.

    `given` and `entry` are its name and what stands under it in the file.
    """

    name: str
    raw: dict[str, Any] | None
    notes: tuple[str, ...] = ()
    given: str = ""
    entry: Any = None


def imports(
    path: Path, taken: Mapping[str, Server], configuration: Path, *, variables: bool, replace: bool
) -> list[Import]:
    """What the entries of a file become; `variables` moves secrets out of them.

    Raises:
        ConfigError: the file has no servers.
    """
    environ = Variables.of(os.environ, configuration.parent).values
    try:
        entries, place = read(path, environ)
    except Unreadable as error:
        raise ConfigError(str(error)) from None
    found: list[Import] = []
    for given, entry in entries.items():
        name = plain_name(given)
        known = {one.name for one in found if one.raw} | (set() if replace else set(taken))
        known |= {one.prefix for one in taken.values() if one.prefix and one.name != name}
        one = _import(name, entry, place, configuration, known, variables)
        found.append(dataclasses.replace(one, given=given, entry=entry))
    return found


def _import(name: str, entry: Any, place: Place, configuration: Path, known: set[str], variables: bool) -> Import:
    if name in known:
        return Import(name, None, ("there is a server of that name; --replace takes this one instead",))
    try:
        raw = _written(translated(rewritten(entry, place), place, escaped))
        notes = tuple(_notes(entry, raw, variables))
        if variables:
            _move_secrets(name, raw)
        checked({name: raw}, configuration)
        is_us = is_ourselves(settings_of(entry, place).server(name, ""))
    except (ValueError, ConfigError) as error:
        hint = f"; {COPY.format(path=place.path)}" if variables and " is not set; " in str(error) else ""
        return Import(name, None, (str(error).removeprefix(f"server {name}: ") + hint,))
    except Exception as error:
        # As `settings_of` has it.
        return Import(name, None, (str(unreadable(error)),))
    if is_us:
        return Import(name, None, ("this is toolpost itself, which would call itself for ever",))
    return Import(name, raw, notes)


def _written(raw: dict[str, Any]) -> dict[str, Any]:
    """Without what goes without saying, and with whole seconds."""
    if raw.get("transport") == ServerSettings(command=raw.get("command", ""), url=raw.get("url", "")).kind:
        del raw["transport"]
    if "call_timeout" in raw:
        raw["call_timeout"] = ceil(raw["call_timeout"])
    order = ("command", "args", "env", "cwd", "url", "headers", "auth", "oauth")
    return {key: raw[key] for key in (*order, *raw) if key in raw}


def _notes(entry: Any, raw: dict[str, Any], variables: bool) -> Iterator[str]:
    if ignored := strangers(entry):
        yield f"{', '.join(map(repr, ignored[:8]))} is not used here"
    if (secrets := literal_secrets(raw)) and not variables:
        yield f"{', '.join(secrets)} stands in the file as it is; --variables takes it from the environment"


def _move_secrets(name: str, raw: dict[str, Any]) -> None:
    """Put a variable in the place of each secret; one that is not set yet is found with all others."""
    for key, inner in (word.split(" ", 1) for word in literal_secrets(raw)):
        variable = variable_for(inner if key == "env" else f"{name}_{inner}")
        scheme = re.match(r"(?:\w+ )?", raw[key][inner])
        raw[key][inner] = f"{scheme[0] if scheme else ''}${{{variable}}}"
