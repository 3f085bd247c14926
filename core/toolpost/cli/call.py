"""`toolpost call`: one call from the command line, through the same door as every other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from toolpost.cli.calling import Outcome
    from toolpost.cli.render import Form
    from toolpost.config.load import Config


@click.command()
@click.argument("tool")
@click.argument("words", nargs=-1, metavar="[TEXT] [KEY=VALUE]...")
@click.option("--json", "for_programs", is_flag=True, help="Print the whole result as JSON.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Keep pictures and sounds here.")
@click.pass_obj
def call(config: Path | None, tool: str, words: Sequence[str], for_programs: bool, save: Path | None) -> None:
    """Call a tool and print its answer.

    TEXT is the tool's first text argument that no KEY gives; the others are KEY=VALUE, typed as
    the tool's schema says (`toolpost tools show TOOL`): count=3, exact=true, tags='["a", "b"]', or
    tags=a tags=b. @FILE stands for the content of a file (a picture's as a data URL), - for what
    is on stdin, @@ for a plain @ at the start. After -- a word may begin with a dash.

    \b
    toolpost call chat "What is the capital of France?"
    toolpost call chat @question.txt temperature=0.2 --json
    git diff | toolpost call chat system="Review this." -

    Exit status: 0 done, 1 the tool failed, 2 the call was wrong, 130 interrupted.
    """
    from toolpost.descriptors import stdout_kept

    with stdout_kept() as out:
        from toolpost.cli.render import Form
        from toolpost.config.load import load

        status, text = _made(load(config), tool, words, Form(for_programs, save, is_read=out.isatty()))
        if text and not _written(text, out):
            status = status or 1
    sys.stderr.flush()
    from toolpost.server.endings import leave

    # A thread that a plugin keeps busy must not keep the shell waiting.
    leave(status)


def _made(config: Config, tool: str, words: Sequence[str], form: Form) -> Outcome:
    import anyio

    from toolpost.cli.calling import run
    from toolpost.cli.interruption import interruptions
    from toolpost.cli.start import loop_of, start
    from toolpost.crash import alone
    from toolpost.errors import UnknownTool
    from toolpost.server.loop import options

    if tool in config.tools.disabled:
        raise UnknownTool(f"tool {tool!r} is disabled; `toolpost tools enable {tool}` shows it again")
    loop = loop_of(config)
    # From here on, so that a Ctrl-C while plugins are imported is none of their exceptions.
    with interruptions() as arrived:
        host = start(config)
        try:
            return anyio.run(run, host, tool, list(words), form, arrived, backend=loop, backend_options=options(loop))
        except BaseExceptionGroup as group:
            raise alone(group) from None


def _written(text: str, out: TextIO) -> bool:
    try:
        out.write(text if text.endswith("\n") else f"{text}\n")
        out.flush()
    except OSError as error:
        click.echo(f"toolpost: the answer cannot be written: {error.strerror}", err=True)
        return False
    return True
