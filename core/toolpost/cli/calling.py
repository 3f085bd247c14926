"""What happens between `toolpost call` and its answer: the call, its progress, its questions."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import click

from toolpost.cli.arguments import arguments_of
from toolpost.cli.progress import Progress
from toolpost.cli.render import as_text, saved
from toolpost.errors import InvalidArguments, ToolError, UnknownTool
from toolpost.host import Host
from toolpost.server import wire
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context

DONE, FAILED, MISUSE, INTERRUPTED = 0, 1, 2, 130


async def run(host: Host, tool: str, words: list[str], for_programs: bool, save: Path | None) -> tuple[int, str]:
    """The exit status, and what to print on stdout. Ctrl-C cancels the call, as a client's cancellation would."""
    async with anyio.create_task_group() as tasks:
        answered: tuple[int, str] = (INTERRUPTED, "")
        tasks.start_soon(_cancel_at_signal, tasks.cancel_scope)
        async with host:
            answered = await _call(host, tool, words, for_programs, save)
        tasks.cancel_scope.cancel()
    if answered[0] == INTERRUPTED:
        click.echo("toolpost: interrupted", err=True)
    return answered


async def _call(host: Host, tool: str, words: list[str], for_programs: bool, save: Path | None) -> tuple[int, str]:
    try:
        with Progress() as progress:
            context = Context(surface="cli", report=progress.report, question=_question)
            result = await host.call(tool, _arguments(host, tool, words), context)
    except UnknownTool as error:
        click.echo(f"toolpost: {error}", err=True)
        return MISUSE, ""
    except ToolError as error:
        status = MISUSE if isinstance(error, InvalidArguments) else FAILED
        if for_programs:
            return status, json.dumps({**wire.error(error), "error": type(error).__name__}, ensure_ascii=False)
        click.echo(f"toolpost: {error}", err=True)
        return status, ""
    return (FAILED if result.is_error else DONE), _printed(result, for_programs, save)


def _arguments(host: Host, tool: str, words: list[str]) -> Mapping[str, Any]:
    # An unknown tool is the host's to name.
    return arguments_of(host.tools[tool], words) if tool in host.tools else {}


def _printed(result: ToolResult, for_programs: bool, save: Path | None) -> str:
    notes = saved(result, save)
    for note in notes:
        click.echo(note, err=True)
    if for_programs:
        return json.dumps(wire.result(result, stateless=True), ensure_ascii=False, indent=2)
    return as_text(result)


async def _cancel_at_signal(scope: anyio.CancelScope) -> None:
    if sys.platform == "win32":
        return
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as arrived:
        async for _ in arrived:
            scope.cancel()
            return


async def _question(message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
    from toolpost.cli.question import ask

    return await anyio.to_thread.run_sync(ask, message, schema, abandon_on_cancel=True)
