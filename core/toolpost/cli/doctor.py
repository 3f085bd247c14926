"""`toolpost doctor`: what is well and what is not, with the way out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolpost.cli.output import as_json, one_line, table
from toolpost.errors import ConfigError

if TYPE_CHECKING:
    from toolpost.config.load import Config
    from toolpost.doctor.checks import Row
    from toolpost.doctor.findings import Finding
    from toolpost.host import Host

COLOURS = {"ok": "green", "note": "yellow", "look": "red"}
WELL, FOUND = 0, 1


@click.command()
@click.option("--policies", is_flag=True, help="Send canaries through every surface, and see whether each guard runs.")
@click.option("--without", multiple=True, metavar="GUARD[:TOOL]", help="A guard to do without, here or for one tool.")
@click.option("--strict", is_flag=True, help="Exit with 1 also where there is something to note.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(config: Path | None, policies: bool, without: Sequence[str], strict: bool, for_programs: bool) -> None:
    """Look for what keeps toolpost from working well; exit with 1 if there is anything.

    With --policies, canaries (made-up addresses and card numbers, hidden
    characters, wrong arguments) go through Python, the command line and MCP in
    child processes with folders of their own. Tools of yours are not called.

    \b
    toolpost doctor --policies
    toolpost doctor --policies --without limits --without pii:read_mail
    """
    found, rows = _examine(config, policies, without)
    if for_programs:
        findings = [{"ok": one.level != "look", **one._asdict()} for one in found]
        as_json({"findings": findings, "policies": [row._asdict() for row in rows]} if policies else findings)
    else:
        _print(found)
        _print_rows(rows)
    bad = {"look", "note"} if strict else {"look"}
    wrong = any(one.level in bad for one in found) or not all(row.ok for row in rows)
    sys.exit(FOUND if wrong else WELL)


def _examine(given: Path | None, policies: bool, without: Sequence[str]) -> tuple[list[Finding], list[Row]]:
    from toolpost.config.load import load
    from toolpost.doctor.findings import Finding, of_configuration, of_host, of_surroundings
    from toolpost.folders import Folders
    from toolpost.packages.contribution import lies
    from toolpost.packages.gone import gone

    found = [*of_surroundings(), *(Finding("note", text) for text in gone(Folders.of_user()))]
    try:
        config = load(given)
        found += of_configuration(config)
        host = _host(config)
        found += of_host(host, config)
        found += [Finding("look", text) for text in lies(host)]
    except ConfigError as error:
        return [*found, Finding("look", str(error))], []
    return found, _canaries(config, host, without) if policies else []


def _host(config: Config) -> Host:
    from toolpost.cli.start import start

    return start(config)


def _canaries(config: Config, host: Host, without: Sequence[str]) -> list[Row]:
    import anyio

    from toolpost.doctor.coverage import gaps
    from toolpost.doctor.policies import send, uncovered

    return [*uncovered([*gaps(host)], without), *anyio.run(send, config, without)]


def _print(found: Sequence[Finding]) -> None:
    for finding in found:
        click.echo(f"{click.style(f'{finding.level:4}', fg=COLOURS[finding.level])}  {one_line(finding.text)}")


def _print_rows(rows: Sequence[Row]) -> None:
    """A line for each way of a guard, a column for each surface; then what is wrong."""
    if not rows:
        return
    surfaces = list(dict.fromkeys(row.surface for row in rows if row.guard))
    states = {(row.guard, row.path, row.surface): row.state for row in rows if row.guard}
    ways = dict.fromkeys((guard, path) for guard, path, _ in states)
    click.echo()
    head = ("GUARD", "WAY", *(surface.upper() for surface in surfaces))
    table(head, [(*way, *(_state(states.get((*way, surface))) for surface in surfaces)) for way in ways])
    click.echo()
    for line in _wrong(rows):
        click.echo(f"{click.style('look', fg='red')}  {one_line(line)}")


def _state(state: str | None) -> str:
    return "-" if state in (None, "not there") else str(state)


def _wrong(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if not row.ok:
            what = f"{row.guard!r} on {row.path}: {row.state}" if row.guard else row.state
            yield f"{row.surface}: {what}" + (f" ({row.detail})" if row.detail else "")
