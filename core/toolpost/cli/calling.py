"""What happens between `toolpost call` and its answer: the call, its progress, its questions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import click

from toolpost.cli import INTERRUPTED, MISUSE
from toolpost.cli.arguments import arguments_of
from toolpost.cli.interruption import cancel_at
from toolpost.cli.output import for_programs as as_json
from toolpost.cli.output import one_line
from toolpost.cli.progress import Progress
from toolpost.cli.render import as_text, saved
from toolpost.errors import InvalidArguments, ToolError, UnknownTool
from toolpost.host import Host
from toolpost.server import wire
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context

# Where a plugin says that an answer is not to be relied on, and what to do about it.
DEMONSTRATION = "toolpost/demonstration"
DONE, FAILED = 0, 1
Outcome = tuple[int, str]


async def run(
    host: Host, tool: str, words: list[str], for_programs: bool, save: Path | None, arrived: int | None
) -> Outcome:
    """The exit status, and what to print on stdout. Ctrl-C cancels the call, as a client's cancellation would."""
    outcome: Outcome = (INTERRUPTED, "")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel_at, arrived, tasks.cancel_scope)
        async with host:
            outcome = await _call(host, tool, words, for_programs, save)
        tasks.cancel_scope.cancel()
    if outcome[0] == INTERRUPTED:
        _say("interrupted")
    return outcome


async def _call(host: Host, tool: str, words: list[str], for_programs: bool, save: Path | None) -> Outcome:
    try:
        with Progress() as progress:
            context = Context(surface="cli", report=progress.report, question=partial(_question, progress))
            result = await host.call(tool, _arguments(host, tool, words), context)
        return (FAILED if result.is_error else DONE), _printed(result, for_programs, save)
    except UnknownTool as error:
        _say(str(error))
        return MISUSE, ""
    except ToolError as error:
        status = MISUSE if isinstance(error, InvalidArguments) else FAILED
        if for_programs:
            return status, as_json({**wire.error(error, stateless=True), "error": type(error).__name__})
        _say(str(error))
        return status, ""


def _arguments(host: Host, tool: str, words: list[str]) -> Mapping[str, Any]:
    # An unknown tool is the host's to name.
    return arguments_of(host.tools[tool], words) if tool in host.tools else {}


def _printed(result: ToolResult, for_programs: bool, save: Path | None) -> str:
    for note in saved(result, save):
        click.echo(note, err=True)
    if (demonstration := result.meta.get(DEMONSTRATION)) and not for_programs:
        click.echo(f"({demonstration})", err=True)
    return as_json(wire.result(result, stateless=True)) if for_programs else as_text(result)


async def _question(progress: Progress, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
    from toolpost.cli.question import ask_at_terminal

    progress.hide()
    return await anyio.to_thread.run_sync(ask_at_terminal, message, schema, abandon_on_cancel=True)


def _say(text: str) -> None:
    click.echo(f"toolpost: {one_line(text)}", err=True)
