"""`toolpost plugins check`: what is wrong with a plugin, before its users find out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from toolpost.cli.output import as_json, one_line

if TYPE_CHECKING:
    from toolpost.checks.finding import Finding

COLOURS = {"error": "red", "note": "yellow"}
WELL, WRONG = 0, 1


@click.command()
@click.argument("what", default=".", metavar="[DIST|PATH|NAME]")
@click.option("--call", "calls", multiple=True, metavar="TOOL", help="Call this tool too, with made-up arguments.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting to build the plugin with.")
@click.option("--without", multiple=True, metavar="RULE", help="A rule to do without.")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
def check(what: str, calls: Sequence[str], settings: Sequence[str], without: Sequence[str], for_programs: bool) -> None:
    """Hold a plugin to the contract: a distribution, the folder of a project (by default this one), or one by name.

    The plugin runs in child processes with a home of its own. Its tools are
    called with made-up arguments if they are read-only and cost nothing;
    `--call` adds others. Exits with 1 if there is an error.
    """
    from toolpost.checks.running import Options, check_subject
    from toolpost.packages.subject import Subject

    subject = Subject.of(what)
    table = dict(map(_setting, settings))
    given = {name: table for name in subject.plugins}
    found = check_subject(subject, Options(given, calls, without))
    if for_programs:
        as_json([_told(finding) for finding in found])
    else:
        _print(f"{subject.name} {subject.version}", found)
    sys.exit(WRONG if any(finding.level == "error" for finding in found) else WELL)


def _told(finding: Finding) -> Mapping[str, str]:
    return {
        "rule": finding.rule,
        "level": finding.level,
        "about": finding.about,
        "what": finding.what,
        "why": finding.why,
        "way_out": finding.way_out,
    }


def _print(subject: str, found: Sequence[Finding]) -> None:
    for finding in sorted(found, key=lambda one: one.level):
        level = click.style(f"{finding.level:5}", fg=COLOURS[finding.level])
        click.echo(f"{level}  {finding.rule:18}  {one_line(f'{finding.about}: {finding.what}')}")
        click.echo(f"{'':27}why      {finding.why}")
        click.echo(f"{'':27}way out  {one_line(finding.way_out)}")
    errors = _number(found, "error")
    click.echo(f"{subject}: {errors}, {_number(found, 'note')}" if found else f"{subject}: all is well")


def _number(found: Iterable[Finding], level: str) -> str:
    number = sum(finding.level == level for finding in found)
    return f"{number} {level}{'' if number == 1 else 's'}"


def _setting(given: str) -> tuple[str, Any]:
    import tomllib

    key, equals, value = given.partition("=")
    if not equals:
        raise click.UsageError(f"{given!r} is no setting; write KEY=VALUE")
    try:
        return key, tomllib.loads(f"it = {value}")["it"]
    except tomllib.TOMLDecodeError:
        return key, value
