"""The commands `toolpost models list` and `toolpost models check`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from toolpost_openai.plugin import OpenAI
    from toolpost_openai.review import Finding

HEAD = ("MODEL", "MAKES", "ALIAS", "ENDS", "INSTEAD", "PRICE")


def group(openai: OpenAI) -> click.Group:
    """The commands of one configured plugin."""

    @click.group("models")
    def commands() -> None:
        """The models that tools may ask, and how long they live."""

    @commands.command("list")
    @click.option("--all", "retired", is_flag=True, help="Also those that have ended.")
    @click.option("--json", "for_programs", is_flag=True, help="Print all that is known, as JSON.")
    def list_models(retired: bool, for_programs: bool) -> None:
        """List OpenAI's models: aliases, what each makes and takes, its end, what follows, its price."""
        from toolpost_openai.review import rows

        found = rows(openai, retired=retired)
        if for_programs:
            _as_json(found)
        else:
            _table(HEAD, [_cells(row) for row in found])

    @commands.command()
    @click.option("--json", "for_programs", is_flag=True, help="Print the findings as JSON.")
    def check(for_programs: bool) -> None:
        """Check that the models behind all aliases are there and stay; the exit status is 1 if not.

        With a key or a base_url the provider is asked for its list, else the catalogue alone.
        """
        import anyio

        asked, findings = anyio.run(_review, openai)
        if for_programs:
            _as_json({"asked": asked, "findings": [finding.row for finding in findings]})
        else:
            _table(("ALIAS", "MODEL", "STATE"), [(f.alias, f.model, f.words) for f in findings])
            click.echo(f"asked: {asked or 'nobody, for want of a key; this is what the catalogue says'}", err=True)
        if not all(finding.good for finding in findings):
            raise click.exceptions.Exit(1)

    return commands


async def _review(openai: OpenAI) -> tuple[str, list[Finding]]:
    from toolpost import ToolError
    from toolpost_openai.review import review

    try:
        async with openai.lifespan():
            return await review(openai)
    except ToolError as error:
        raise click.ClickException(str(error)) from error


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    price = row["price"]
    known = f"{price['input']} in, {price['output']} out per million" if price and price["output"] is not None else ""
    each = ", ".join(f"{name} {value}" for name, value in (price or {}).get("pictures", {}).items())
    said = (row["ends"], row["instead"], known or each or "unknown")
    return (row["name"], row["makes"], " ".join(row["aliases"]), *(str(cell or "") for cell in said))


def _as_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
