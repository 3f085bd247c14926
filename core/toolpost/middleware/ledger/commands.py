"""The commands `toolpost jobs list`, `show`, `claim` and `forget`, for everybody's jobs."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import click

from toolpost.errors import ToolError

if TYPE_CHECKING:
    from toolpost.middleware.ledger.book import Entry
    from toolpost.middleware.ledger.layer import Ledger

Answer = TypeVar("Answer")
JOB = click.argument("job")
JSON = click.option("--json", "for_programs", is_flag=True, help="Print JSON.")


def group(ledger: Ledger) -> click.Group:
    """The commands of one configured ledger."""

    @click.group("jobs", context_settings={"obj": ledger})
    def jobs() -> None:
        """Calls that cost money: what became of them, and their results.

        JOB is a job's name, or as much of its beginning as no other has.
        """

    for command in (list_, show, claim, forget):
        jobs.add_command(command)
    return jobs


@click.command("list")
@click.option("--limit", default=50, show_default=True, help="At most so many.")
@JSON
@click.pass_obj
def list_(ledger: Ledger, limit: int, for_programs: bool) -> None:
    """List jobs, the newest first."""
    rows = _done(_rows, ledger, limit)
    if for_programs:
        _print(rows)
    else:
        _table(rows)


@click.command()
@JOB
@JSON
@click.pass_obj
def show(ledger: Ledger, job: str, for_programs: bool) -> None:
    """Show what is known of a job."""
    row = _done(_row, ledger, job)
    if for_programs:
        _print(row)
    else:
        click.echo("\n".join(f"{name:10} {value}" for name, value in row.items() if value not in (None, "")))


@click.command()
@JOB
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Keep pictures and sounds here.")
@JSON
@click.pass_obj
def claim(ledger: Ledger, job: str, save: Path | None, for_programs: bool) -> None:
    """Print the result of a job."""
    from toolpost.cli.render import Form, as_text, saved
    from toolpost.server.wire import result as wire

    result = _done(_claim, ledger, job)
    for note in saved(result, save):
        click.echo(note, err=True)
    if for_programs:
        _print(wire(result, stateless=True))
    else:
        click.echo(as_text(result, Form(save=save, is_read=sys.stdout.isatty())))


@click.command()
@JOB
@JSON
@click.pass_obj
def forget(ledger: Ledger, job: str, for_programs: bool) -> None:
    """Let the call of a job be made, and paid for, again."""
    said = _done(_forget, ledger, job)
    if for_programs:
        _print({"forgotten": said})
    else:
        click.echo(said)


async def _rows(ledger: Ledger, limit: int) -> list[dict[str, Any]]:
    return [await _seen(ledger, entry) for entry in (await ledger.book.entries())[:limit]]


async def _row(ledger: Ledger, job: str) -> dict[str, Any]:
    return await _seen(ledger, await _entry(ledger, job))


async def _claim(ledger: Ledger, job: str) -> Any:
    entry = await _entry(ledger, job)
    if (await ledger.desk.view(entry.record)).state == "running":
        raise ToolError(f"job {entry.record.job} is still running in another process; claim it when it has ended")
    return await ledger.desk.delivered(entry)


async def _forget(ledger: Ledger, job: str) -> str:
    return await ledger.desk.forget(await _entry(ledger, job))


async def _seen(ledger: Ledger, entry: Entry) -> dict[str, Any]:
    return {"principal": entry.record.principal, **vars(await ledger.desk.view(entry.record))}


async def _entry(ledger: Ledger, job: str) -> Entry:
    found = [entry for entry in await ledger.book.entries() if job and entry.record.job.startswith(job)]
    match found:
        case [entry]:
            return entry
        case []:
            raise ToolError(f"there is no job {job[:40]!r}; `toolpost jobs list` names those there are")
    raise ToolError(f"{len(found)} jobs begin with {job[:40]!r}; give more of the name")


def _done(work: Callable[..., Awaitable[Answer]], *given: Any) -> Answer:
    try:
        return anyio.run(work, *given)
    except ToolError as error:
        raise click.ClickException(str(error)) from error


def _print(value: Any) -> None:
    from toolpost.cli.output import as_json

    as_json(value)


def _table(rows: list[dict[str, Any]]) -> None:
    from toolpost.cli.output import table

    shown = [
        [row["job"], row["tool"], row["state"], row["started"], _cost(row["cost_usd"]), row["principal"]]
        for row in rows
    ]
    table(["job", "tool", "state", "started", "cost", "principal"], shown)


def _cost(dollars: float | None) -> str:
    return "" if dollars is None else f"{dollars:.4f} USD"
