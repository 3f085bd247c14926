"""What happens between `toolpost call` and its answer: the call, its progress, its questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import click
from pydantic_core import to_json

from toolpost.cli import INTERRUPTED, MISUSE
from toolpost.cli.arguments import arguments_of
from toolpost.cli.interruption import cancel_at
from toolpost.cli.output import for_programs as as_json
from toolpost.cli.output import one_line
from toolpost.cli.progress import Progress
from toolpost.cli.render import Form, as_text, saved
from toolpost.cli.withheld import unknown
from toolpost.errors import InvalidArguments, ToolError, UnknownTool
from toolpost.host import Host
from toolpost.middleware.injection.marking import KEY as UNTRUSTED
from toolpost.server import wire
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context

# Where a plugin says that an answer is not to be relied on, and what to do about it.
DEMONSTRATION = "toolpost/demonstration"
DONE, FAILED = 0, 1
# What may be the address of a resource, which any plugin, or a server behind it, may have.
ADDRESS = re.compile(r"\b(?!https?:|data:)[a-z][a-z0-9+.-]+:[^\s\"]", re.IGNORECASE)
Outcome = tuple[int, str]


async def run(host: Host, tool: str, words: list[str], form: Form, arrived: int | None) -> Outcome:
    """The exit status, and what to print on stdout. Ctrl-C cancels the call, as a client's cancellation would."""
    outcome: Outcome = (INTERRUPTED, "")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel_at, arrived, tasks.cancel_scope)
        outcome = await _call(host, tool, words, form)
        tasks.cancel_scope.cancel()
    if outcome[0] == INTERRUPTED:
        _say("interrupted")
    return outcome


async def _call(host: Host, tool: str, words: list[str], form: Form) -> Outcome:
    try:
        result = await _result(host, tool, words)
        return (FAILED if result.is_error else DONE), _printed(result, form)
    except UnknownTool as error:
        _say(str(unknown(host, tool, error)))
        return MISUSE, ""
    except ToolError as error:
        status = MISUSE if isinstance(error, InvalidArguments) else FAILED
        if form.for_programs:
            return status, as_json({**wire.error(error, stateless=True), "error": type(error).__name__})
        _say(str(error))
        return status, ""


async def _result(host: Host, tool: str, words: list[str]) -> ToolResult:
    """Open what the call needs, and make it; tools of other servers may be there only then."""
    arguments = _arguments(host, tool, words)
    if arguments is None or not ADDRESS.search(to_json(arguments).decode()):
        host.want(tool)
    async with host:
        with Progress() as progress:
            context = Context(surface="cli", report=progress.report, question=partial(_question, progress))
            if arguments is None:
                arguments = _arguments(host, tool, words)
            # An unknown tool is the host's to name.
            return await host.call(tool, arguments or {}, context)


def _arguments(host: Host, tool: str, words: list[str]) -> Mapping[str, Any] | None:
    return arguments_of(host.tools[tool], words) if tool in host.tools else None


def _printed(result: ToolResult, form: Form) -> str:
    for note in saved(result, form.save):
        click.echo(note, err=True)
    if form.for_programs:
        return as_json(wire.result(result, stateless=True))
    if demonstration := result.meta.get(DEMONSTRATION):
        click.echo(f"({demonstration})", err=True)
    if form.is_read and (flags := (result.meta.get(UNTRUSTED) or {}).get("flags")):
        click.echo(f"(this may try to give orders to a model: {', '.join(flags)})", err=True)
    return as_text(result, form)


async def _question(progress: Progress, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
    from toolpost.cli.question import ask_at_terminal

    progress.hide()
    return await anyio.to_thread.run_sync(ask_at_terminal, message, schema, abandon_on_cancel=True)


def _say(text: str) -> None:
    click.echo(f"toolpost: {one_line(text)}", err=True)
