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

COLOURS = {"ok": "green", "note": "cyan", "warn": "yellow", "look": "red"}
WELL, FOUND = 0, 1


@click.command()
@click.option("--policies", is_flag=True, help="Send canaries through every surface, and see whether each guard runs.")
@click.option("--without", multiple=True, metavar="GUARD[:TOOL]", help="A guard to do without, here or for one tool.")
@click.option("--deep", is_flag=True, help="In safe mode: start the plugins that came with toolpost, too.")
@click.option("--online", is_flag=True, help="Ask each configured provider once whether it takes the key.")
@click.option("--strict", is_flag=True, help="Exit with 1 also at a warning.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(
    config: Path | None,
    policies: bool,
    without: Sequence[str],
    deep: bool,
    online: bool,
    strict: bool,
    for_programs: bool,
) -> None:
    """Look for what keeps toolpost from working well; exit with 1 if there is anything.

    With --policies, canaries (made-up addresses and card numbers, hidden
    characters, wrong arguments) go through Python, the command line and MCP in
    child processes with folders of their own. Tools of yours are not called.
    In safe mode nothing is imported, unless by --deep or --policies.

    Nobody is asked over the network but with --online, which takes ten
    seconds at most: a key that is refused, or a server that does not answer,
    is to be looked at.

    A note says how something stands, such as a tool that does not work without
    a key; a warning, what weakens this installation, such as a guard that is
    left out. `look` needs mending.

    \b
    toolpost doctor --policies
    toolpost doctor --policies --without limits --without pii:read_mail
    """
    found, rows = _examine(config, policies, without, deep or policies, online)
    if for_programs:
        findings = [{"ok": one.level != "look", **one._asdict()} for one in found]
        as_json({"findings": findings, "policies": [row._asdict() for row in rows]} if policies else findings)
    else:
        _print(found)
        _print_rows(rows)
    bad = {"look", "warn"} if strict else {"look"}
    wrong = any(one.level in bad for one in found) or not all(row.ok for row in rows)
    sys.exit(FOUND if wrong else WELL)


def _examine(
    given: Path | None, policies: bool, without: Sequence[str], deep: bool, is_online: bool
) -> tuple[list[Finding], list[Row]]:
    from toolpost.config.load import load
    from toolpost.doctor.findings import Finding, of_configuration, of_host, of_surroundings
    from toolpost.folders import Folders
    from toolpost.packages.ailments import ailments
    from toolpost.packages.contribution import lies
    from toolpost.packages.gone import gone
    from toolpost.plugins.safely import in_safe_mode

    folders = Folders.of_user()
    absent = (*gone(folders), *(f"plugin {one.plugin!r} is {said}" for one, said in ailments(folders)))
    found = [*of_surroundings(), *(Finding("warn", text) for text in absent)]
    try:
        config = load(given)
        found += of_configuration(config)
        if in_safe_mode() and not deep:
            return [*found, *_unseen(given)], []
        host = _host(config)
        found += of_host(host, config)
        found += [Finding("look", text) for text in lies(host)]
        found += _online(config, host) if is_online else []
    except ConfigError as error:
        return [*found, Finding("look", str(error))], []
    return found, _canaries(config, host, without) if policies else []


def _unseen(given: Path | None) -> Iterator[Finding]:
    """What metadata alone says of the enabled plugins."""
    from toolpost.cli.plugins.known import Known
    from toolpost.doctor.findings import Finding
    from toolpost.packages.listed import Listed

    known = Known(Listed.read(given))
    for name in known.listed.enabled:
        facts = known.facts(name)
        if facts["state"] in ("missing", "skipped"):
            yield Finding("look", f"plugin {name!r} is {facts['state']}: {facts['reason']}")
    yield Finding("ok", "safe mode: no plugin was imported; --deep starts those that came with toolpost")


def _host(config: Config) -> Host:
    from toolpost.cli.start import start

    return start(config)


def _online(config: Config, host: Host) -> list[Finding]:
    import anyio

    from toolpost.cli.start import loop_of
    from toolpost.doctor.online import online

    return anyio.run(online, host, backend=loop_of(config))


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
