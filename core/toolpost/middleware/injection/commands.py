"""The commands `toolpost tools review` and `toolpost tools approve`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from toolpost.cli.output import as_json, one_line
from toolpost.middleware.injection.definition import codes
from toolpost.middleware.injection.pins import Key
from toolpost.middleware.injection.review import Review, Withheld

JSON = click.option("--json", "for_programs", is_flag=True, help="Print JSON.")


def add(cli: click.Group, review: Review) -> None:
    """Add the commands to the group `tools` of the command line."""
    group = cli.get_command(click.Context(cli), "tools")
    if isinstance(group, click.Group):
        group.add_command(_review(review))
        group.add_command(_approve(review))


def _review(review: Review) -> click.Command:
    @click.command("review")
    @JSON
    def command(for_programs: bool) -> None:
        """Show the tools that are withheld until they are approved, and those that are flagged."""
        review.settle()
        if for_programs:
            as_json([_row(review, key) for key in _keys(review)])
            return
        for key in _keys(review):
            click.echo("\n".join(_told(review, key)) + "\n")
        if not _keys(review):
            click.echo("all tools say what they were approved with, and none is flagged")

    return command


def _approve(review: Review) -> click.Command:
    @click.command("approve")
    @click.argument("names", metavar="NAME...", nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="Approve every tool that waits.")
    def command(names: Sequence[str], everything: bool) -> None:
        """Show the tool NAME to models with the definition that it has now.

        Look at `toolpost tools review` before. A toolpost that is running shows the tool within seconds.
        """
        if review.pins is not None and review.pins.broken:
            if not everything:
                raise click.ClickException(f"{review.pins.broken}; only --all can replace this file")
            review.pins.repair()
        review.settle()
        for key in _chosen(review, names, everything):
            review.approve(key)
            click.echo(f"{key[1]} of {key[0]} is approved")
        if review.pins is not None and not review.pins.save():
            raise click.ClickException(f"{review.pins.folder} cannot be written; nothing was approved")

    return command


def _chosen(review: Review, names: Sequence[str], everything: bool) -> list[Key]:
    waiting = [key for key, withheld in review.withheld.items() if withheld.waits]
    if everything:
        return waiting
    if not names:
        raise click.UsageError("name the tools to approve, or give --all")
    for name in names:
        if name not in {tool for _, tool in waiting}:
            raise click.ClickException(f"no tool {name[:64]!r} waits for approval; see `toolpost tools review`")
    return [key for key in waiting if key[1] in names]


def _keys(review: Review) -> list[Key]:
    return sorted({*review.withheld, *review.flagged, *review.hidden})


def _row(review: Review, key: Key) -> dict[str, Any]:
    withheld = review.withheld.get(key)
    return {
        "plugin": key[0],
        "tool": key[1],
        "withheld": withheld.why if withheld else None,
        "classes": codes(review.flagged.get(key, ())),
        "hidden_characters": review.hidden.get(key, 0),
        "before": _parsed(_before(review, withheld)) if withheld else None,
        "now": _parsed(withheld.definition.text) if withheld else None,
    }


def _told(review: Review, key: Key) -> Iterator[str]:
    withheld = review.withheld.get(key)
    yield click.style(f"{key[1]}  ({key[0]})", bold=True) + (f"  withheld: {withheld.why}" if withheld else "")
    if found := review.flagged.get(key):
        yield f"  flagged: {', '.join(codes(found))}"
    if hidden := review.hidden.get(key):
        yield f"  stripped: {hidden} hidden characters"
    if withheld:
        yield from _difference(_before(review, withheld), withheld.definition.text)
    if withheld and not withheld.waits:
        yield '  to show it, set descriptions = "flag", or name it in `exempt`'


def _before(review: Review, withheld: Withheld) -> str:
    return review.pins.text(withheld.pinned) if review.pins is not None and withheld.pinned else ""


def _difference(before: str, now: str) -> Iterator[str]:
    """The lines that came and went, with a few around them."""
    if not before:
        yield "  what it said before is not known; it says now:"
    colours = {"+": "green", "-": "red"}
    for line in list(difflib.unified_diff(_lines(before), _lines(now), lineterm="", n=2))[2:]:
        yield "  " + click.style(one_line(line), fg=colours.get(line[:1]))


def _lines(definition: str) -> list[str]:
    """A definition in lines as people read it."""
    return [line for name, value in _parsed(definition).items() for line in _field(name, value)]


def _field(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [f"{name}: {line}" for line in value.splitlines() or [""]]
    return [f"{name}: {line}" for line in json.dumps(value, indent=2, ensure_ascii=False).splitlines()]


def _parsed(definition: str) -> dict[str, Any]:
    return dict(json.loads(definition)) if definition else {}
