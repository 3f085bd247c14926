"""`toolpost call`: one call from the command line, through the same door as every other."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click


@click.command()
@click.argument("tool")
@click.argument("words", nargs=-1, metavar="[TEXT] [KEY=VALUE]...")
@click.option("--json", "for_programs", is_flag=True, help="Print the whole result as JSON.")
@click.option("--save", type=click.Path(file_okay=False, path_type=Path), help="Keep pictures and sounds here.")
@click.pass_obj
def call(config: Path | None, tool: str, words: Sequence[str], for_programs: bool, save: Path | None) -> None:
    """Call a tool and print its answer.

    TEXT is the tool's first text argument; the others are KEY=VALUE, typed as the tool's schema
    says. @FILE stands for the content of a file, - for what is on stdin.

    \b
    toolpost call chat "What is the capital of France?"
    toolpost call chat @question.txt temperature=0.2 --json

    Exit status: 0 done, 1 the tool failed, 2 the call was wrong, 130 interrupted.
    """
    from toolpost.descriptors import stdout_kept

    with stdout_kept() as out:
        import anyio

        from toolpost.cli.calling import run
        from toolpost.config.load import load
        from toolpost.plugins.assemble import assemble

        settings = load(config)
        host = assemble(settings)
        status, text = anyio.run(run, host, tool, list(words), for_programs, save, backend=settings.server.backend)
        if text:
            out.write(text if text.endswith("\n") else f"{text}\n")
            out.flush()
    sys.stderr.flush()
    # A thread that a plugin keeps busy must not keep the shell waiting.
    os._exit(status)

