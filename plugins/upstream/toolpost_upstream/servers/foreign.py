"""The servers of other programs' files, each with its variables filled, or a note in its place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from toolpost.kit import Variables
from toolpost_upstream.servers.entries import settings_of, strangers
from toolpost_upstream.servers.files import Unreadable, file_of, read
from toolpost_upstream.servers.gathering import own
from toolpost_upstream.servers.ourselves import is_ourselves
from toolpost_upstream.servers.server import Server
from toolpost_upstream.servers.settings import LONGEST, ServerSettings


@dataclass(frozen=True)
class Gathered:
    """The servers, and what an operator should know of those that are left out or changed."""

    servers: tuple[Server, ...]
    notes: tuple[str, ...]


def gathered(
    settings: Mapping[str, ServerSettings], files: Iterable[str], configuration: Path | None = None
) -> Gathered:
    """As `gather`, with the notes."""
    servers = {server.name: server for server in own(settings)}
    before = {server.prefix: server.origin for server in servers.values() if server.prefix and server.enabled}
    notes: list[str] = []
    for one in servers_of(files, configuration):
        if isinstance(one, str):
            notes.append(one)
        elif one.name in servers:
            notes.append(f"{one.origin}: left out, since {servers[one.name].origin} has that name; rename one")
        elif one.name in before:
            notes.append(f"{one.origin}: left out, since {before[one.name]} has that prefix; rename one")
        else:
            servers[one.name] = one
    return Gathered(tuple(servers.values()), tuple(notes))


def servers_of(files: Iterable[str], configuration: Path | None) -> Iterator[Server | str]:
    """The servers of all files, in their order; a `.env` may lie beside the configuration."""
    environ = Variables.of(os.environ, configuration.parent if configuration else Path.cwd()).values
    for given in files:
        yield from _of_file(file_of(given), environ)


def plain_name(name: str) -> str:
    """A name that stands in names of tools: letters, digits, `-` and `_`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:LONGEST].strip("-_") or "server"


def _of_file(path: Path, environ: Mapping[str, str]) -> Iterator[Server | str]:
    try:
        entries, place = read(path, environ)
    except Unreadable as error:
        yield str(error)
        return
    for name, entry in entries.items():
        origin = f"{path}: server {name[:64]!r}"
        try:
            server = settings_of(entry, place).server(plain_name(name), origin)
        except ValueError as error:
            yield f"{origin}: {error}"
            continue
        if is_ourselves(server):
            yield f"{origin}: left out, since this is toolpost itself, which would call itself for ever"
            continue
        if ignored := strangers(entry):
            yield f"{origin}: {', '.join(map(repr, ignored[:8]))} of another program is not used here"
        yield server
