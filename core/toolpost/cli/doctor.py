"""`toolpost doctor`: what is well and what is not, with the way out."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from toolpost import __version__
from toolpost.cli.output import as_json, one_line
from toolpost.config.environment import dotenv_file
from toolpost.config.load import Config, load
from toolpost.errors import ConfigError
from toolpost.folders import Folders


class Finding(NamedTuple):
    """One thing that was looked at."""

    ok: bool
    text: str


@click.command()
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(config: Path | None, for_programs: bool) -> None:
    """Look for what keeps toolpost from working well; exit with 1 if there is anything."""
    found = list(findings(config))
    if for_programs:
        as_json([finding._asdict() for finding in found])
    else:
        for finding in found:
            mark = click.style("ok  ", fg="green") if finding.ok else click.style("look", fg="red")
            click.echo(f"{mark}  {one_line(finding.text)}")
    sys.exit(0 if all(finding.ok for finding in found) else 1)


def findings(given: Path | None) -> Iterator[Finding]:
    """Everything there is to say, the good included."""
    python, system = platform.python_version(), platform.platform(terse=True)
    yield Finding(True, f"toolpost {__version__} on Python {python}, {system}")
    yield from _folders()
    try:
        config = load(given)
    except ConfigError as error:
        yield Finding(False, str(error))
        return
    yield Finding(True, f"configuration {config.path}, {len(config.enabled)} plugins enabled")
    if (dotenv := dotenv_file(config.path.parent)) is not None:
        yield Finding(True, f"variables of {dotenv.resolve()}")
    yield from _plugins(config)
    yield from _order(config)


def _plugins(config: Config) -> Iterator[Finding]:
    from toolpost.cli.start import start
    from toolpost.plugins.broken import Broken

    try:
        host = start(config)
    except ConfigError as error:
        yield Finding(False, str(error))
        return
    for name, reason in host.registry.broken.items():
        yield Finding(False, Broken(name, reason).sentence)
    yield from (Finding(False, clash) for clash in host.registry.clashes)
    for name in host.registry.idle():
        yield Finding(False, f"plugin {name!r} contributes nothing; its hooks need @hookimpl")
    yield Finding(bool(host.tools), f"{len(host.tools)} tools: {', '.join(host.tools) or 'no plugin offers any'}")


def _order(config: Config) -> Iterator[Finding]:
    """Orders of layers that defeat a layer's purpose."""
    order = [table.name for table in config.enabled]
    for outer, inner, why in (
        ("pii", "moderation", "arguments would be sent to be judged before they are masked"),
        ("pii", "gallery", "arguments would be kept with pictures before they are masked"),
        ("pii", "cache", "cached answers would not be masked for the next caller"),
        ("validation", "cache", "wrong arguments would reach the cache"),
        ("moderation", "cache", "cached answers would not be judged"),
        ("gallery", "cache", "the preview that fits one client would be given to the next"),
        ("gallery", "ledger", "an answer that is given again would hold a preview in place of its picture"),
        ("ledger", "timeout", "a call that ran out of time would not be written down as such"),
        ("ledger", "retry", "each try would be a job of its own"),
        ("timeout", "retry", "each try would have the whole time for itself"),
    ):
        if outer in order and inner in order and order.index(outer) > order.index(inner):
            yield Finding(False, f"[plugins.{inner}] stands before [plugins.{outer}]: {why}; move it below")


def _folders() -> Iterator[Finding]:
    folders = Folders.of_user()
    for kind in ("config", "cache", "data"):
        folder: Path = getattr(folders, kind)
        existing = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
        ok = existing.is_dir() and os.access(existing, os.W_OK)
        yield Finding(ok, f"{kind} folder {folder}" if ok else f"{kind} folder {folder}: {existing} is not writable")
