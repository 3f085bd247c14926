"""The command line of `toolpost chat`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from toolpost import Host

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

# Where the command line keeps the host whose plugins it has asked for commands.
HOST = "toolpost.host"


def command(gateway: Gateway) -> click.Command:
    """The command of a configured plugin."""

    @click.command("chat")
    @click.argument("words", nargs=-1, metavar="[MESSAGE]...")
    @click.option("-c", "--continue", "goes_on", is_flag=True, help="Go on with the latest conversation.")
    @click.option("--session", default="", metavar="ID", help="Go on with this conversation.")
    @click.option("--list", "lists", is_flag=True, help="List the conversations, newest first.")
    @click.option("-m", "--model", default="", help="Who answers; a name, chat.fast or chat.best.")
    @click.option("-t", "--tool", "tools", multiple=True, metavar="NAME", help="Give the model this tool only; repeat.")
    @click.option("--no-tools", is_flag=True, help="Give the model no tools.")
    @click.option(
        "-i",
        "--image",
        "images",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Show the model this picture with the first message; repeat.",
    )
    @click.option(
        "--save",
        type=click.Path(file_okay=False, path_type=Path),
        help="Where pictures that tools make are kept; by default your folder of pictures.",
    )
    @click.pass_context
    def chat(
        context: click.Context,
        words: tuple[str, ...],
        goes_on: bool,
        session: str,
        lists: bool,
        model: str,
        tools: tuple[str, ...],
        no_tools: bool,
        images: tuple[Path, ...],
        save: Path | None,
    ) -> None:
        """Talk with a model that uses the tools.

        With a MESSAGE, or with text on stdin, it answers once (what comes through a pipe
        is read to its end, so close it or give `< /dev/null`); without, it is a conversation: /help
        says what else can be typed, Ctrl-C stops an answer, Ctrl-D ends. What the model does with
        tools is told on stderr, the answer alone goes to stdout.

        \b
        toolpost chat
        toolpost chat --continue
        toolpost chat "Which of these errors is the oldest?" < server.log

        Exit status: 0 done, 1 no answer could be had, 2 the call was wrong, 130 interrupted.
        """
        if goes_on and session:
            raise click.UsageError("--continue and --session exclude each other")
        if tools and no_tools:
            raise click.UsageError("--tool and --no-tools exclude each other")
        from toolpost_gateway.terminal.running import Wish, run
        from toolpost_gateway.terminal.stdin import message_of

        host: Host = context.meta[HOST]
        wish = Wish(
            message=None if lists else message_of(words),
            goes_on=goes_on,
            session=session,
            lists=lists,
            model=model,
            tools=() if no_tools else tools or None,
            images=images,
            folder=save,
        )
        sys.exit(run(host, gateway, wish))

    return chat
