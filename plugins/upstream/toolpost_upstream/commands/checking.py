"""`toolpost upstream check`: each server is really connected to, all of them at once."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import click

from toolpost.kit import as_json, one_line, table
from toolpost_upstream.commands.listing import tell
from toolpost_upstream.life.link import Link
from toolpost_upstream.life.state import Status
from toolpost_upstream.oauth import auth_for
from toolpost_upstream.servers.server import Server

if TYPE_CHECKING:
    from toolpost_upstream.plugin import Upstream

HEAD = ("NAME", "STATE", "ERA", "SERVER", "TOOLS", "RESOURCES", "PROMPTS", "SECONDS")
# What else a person can do, by what is wrong: (what it says, of which transports, the way out).
WAYS = (
    (r"HTTP 401|HTTP 403", ("http", "sse"), 'give a header, or set auth = "oauth" and log in'),
    (
        r"HTTP 40[0456]|no message of MCP",
        ("http",),
        'is the url right? for a server of the old transport, transport = "sse"',
    ),
    (r"HTTP 40[0456]", ("sse",), 'is the url right? for a server of today, transport = "http"'),
    (r"cannot be reached", ("http", "sse"), "is it running, and is the url right?"),
    (r"[Nn]o such file|not found|127", ("stdio",), "is the command installed? its whole path is the surest"),
    (
        r"has ended with status",
        ("stdio",),
        "of your environment it sees PATH, HOME and what else any program needs; give it others in `env`, or with "
        "`toolpost upstream add … --env NAME`",
    ),
    (r"does not answer", ("stdio", "http", "sse"), "a first start may take longer: see start_timeout"),
)


@dataclass(frozen=True)
class Tried:
    """How an attempt ended, after so many seconds."""

    server: Server
    status: Status
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether it could be used."""
        return self.status.condition == "up"

    @property
    def what(self) -> str:
        """What is wrong, and the way out; empty where nothing is."""
        if self.is_good:
            return ""
        why = self.status.why
        fitting = (way for said, kinds, way in WAYS if self.server.transport in kinds and re.search(said, why))
        way = next(fitting, "") if "toolpost upstream login" not in why else ""
        return f"it {why}" + f"; {way}" * bool(way)


def check(upstream: Upstream, servers: Sequence[Server], notes: tuple[str, ...], for_programs: bool) -> bool:
    """Try servers, and print how it went; whether all of them are up, and no file has one that cannot be."""
    with _quietly():
        tried = anyio.run(_try_all, upstream, servers)
    good = all(one.is_good for one in tried) and not notes
    if for_programs:
        as_json({"servers": [_row(one) for one in tried], "notes": list(notes), "good": good})
    else:
        _print(tried, notes)
    return good


@contextmanager
def _quietly() -> Iterator[None]:
    """What is wrong is said once, by the command: for as long the plugin's log says nothing of it."""
    log = logging.getLogger("toolpost.upstream")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


async def _try_all(upstream: Upstream, servers: Sequence[Server]) -> list[Tried]:
    found: dict[str, Tried] = {}

    async def one(server: Server) -> None:
        found[server.name] = await _try(upstream, server)

    try:
        async with anyio.create_task_group() as tasks:
            for server in servers:
                tasks.start_soon(one, server)
    finally:
        await upstream.store.aclose()
    return [found[server.name] for server in servers]


async def _try(upstream: Upstream, server: Server) -> Tried:
    began = anyio.current_time()
    link = Link(
        server, upstream.bounds, lambda link: None, lambda link, uri: None, lambda one: auth_for(one, upstream.store)
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        await link.settled.wait()
        tried = Tried(server, link.status, anyio.current_time() - began)
        tasks.cancel_scope.cancel()
    return tried


def _row(one: Tried) -> dict[str, Any]:
    status = one.status
    return {
        "name": status.name,
        "state": status.condition,
        "transport": status.transport,
        "era": status.era,
        "version": status.version,
        "server": status.about,
        "tools": status.tools,
        "resources": status.resources,
        "prompts": status.prompts,
        "seconds": round(one.seconds, 3),
        "what": one.what,
    }


def _print(tried: Sequence[Tried], notes: tuple[str, ...]) -> None:
    if tried:
        table(HEAD, [_cells(one) for one in tried])
    else:
        click.echo("no servers are configured; `toolpost upstream add` or `import` brings some")
    for one in tried:
        if not one.is_good:
            click.echo(f"{one.server.name}: {one_line(one.what)}", err=True)
    tell(notes)


def _cells(one: Tried) -> tuple[str, ...]:
    row = _row(one)
    counts = [str(row[key]) if one.is_good else "" for key in ("tools", "resources", "prompts")]
    era = f"{row['era']} {row['version']}".strip()
    return (row["name"], row["state"], era, row["server"], *counts, f"{one.seconds:.1f}")
