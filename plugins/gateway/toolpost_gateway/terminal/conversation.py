"""A conversation at a terminal: lines are asked for, and what begins with a slash is for us."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from toolpost import Context, ToolError
from toolpost_gateway.sessions import UnknownSession
from toolpost_gateway.talk import Request
from toolpost_gateway.terminal.parts import parts
from toolpost_gateway.terminal.remembered import remembered
from toolpost_gateway.terminal.screen import shortened
from toolpost_gateway.terminal.talking import Talking

HELP = """\
/new            begin a new conversation
/list           show the conversations
/open ID        go on with one of them
/model NAME     who answers from now on; without a name, who does
/tools          what the model may use
/image PATH     show the model a picture with your next message
/quit           leave; Ctrl-D does it too
A line that ends with a backslash goes on in the next. Ctrl-C stops an answer."""
# Characters of a tool's name in a table.
WIDEST = 36


class Conversation:
    """Asks for lines until the person leaves; `history` is the file in which they are remembered."""

    def __init__(self, talking: Talking, history: Path) -> None:
        self._talking = talking
        self._screen = talking.screen
        self._history = history
        self._images: list[Path] = []

    def run(self, images: Sequence[Path]) -> int:
        """The exit status, once the person has left."""
        self._images = [*images]
        self._screen.say("Ask something; /help says what else there is, Ctrl-D ends.")
        self._talking.introduce()
        with remembered(self._history):
            self._converse()
        return 0

    def _converse(self) -> None:
        while (line := self._line()) is not None:
            if line.startswith("/"):
                if not self._command(line):
                    break
            elif line.strip():
                self._say(line)

    def _say(self, line: str) -> None:
        images, self._images = self._images, []
        try:
            said = parts(line, images)
            self._talking.begin()
            if self._talking.say(said) is None:
                self._screen.say("(stopped)")
        except UnknownSession:
            self._talking.session_id = None
            self._screen.wrong("this conversation is not there any more; what you say next begins another")
        except click.UsageError as error:
            self._screen.wrong(error.message)
        except ToolError as error:
            self._screen.wrong(str(error))

    def _line(self) -> str | None:
        """What the person says; None when there is no more."""
        lines: list[str] = []
        while True:
            try:
                line = _asked("… " if lines else "> ")
            except EOFError:
                click.echo(err=True)
                return None
            except KeyboardInterrupt:
                # As a shell does it: the line is given up, and no more.
                click.echo(err=True)
                lines = []
                continue
            lines.append(line.removesuffix("\\"))
            if not line.endswith("\\"):
                return "\n".join(lines)

    def _command(self, line: str) -> bool:
        """Do what a command says; False if it is the last."""
        name, _, rest = line[1:].partition(" ")
        rest = rest.strip()
        match name:
            case "quit" | "exit":
                return False
            case "new":
                self._talking.session_id = None
                self._screen.say("A new conversation.")
            case "list":
                self._talking.show_list()
            case "open":
                self._open(rest)
            case "model":
                self._model(rest)
            case "tools":
                self._tools()
            case "image":
                self._image(rest)
            case "help" | "":
                self._screen.say(HELP)
            case _:
                self._screen.say(f"There is no /{name}; /help shows what there is.")
        return True

    def _open(self, id: str) -> None:
        if self._talking.open(id):
            self._talking.recall()
        else:
            self._screen.say(f"There is no conversation {id!r}; /list shows all.")

    def _model(self, name: str) -> None:
        try:
            if name and (why := self._talking.missing(name)):
                self._screen.say(why)
                return
        except ToolError as error:
            self._screen.wrong(str(error))
            return
        self._talking.model = name or self._talking.model
        self._screen.say(f"{self._talking.model or self._talking.gateway.model} answers.")

    def _tools(self) -> None:
        request = Request(messages=(), chosen=self._talking.chosen)
        tools = self._talking.loop.offered(Context(surface="cli"), request)
        width = min(WIDEST, max((len(tool.name) for tool in tools), default=0))
        for tool in tools:
            self._screen.say(f"{tool.name:{width}}  {shortened(tool.words, 80)}")
        if not tools:
            self._screen.say("It may use none.")

    def _image(self, name: str) -> None:
        path = Path(name).expanduser()
        if not path.is_file():
            self._screen.say(f"There is no file {name!r}.")
            return
        try:
            parts("", [path])
        except click.UsageError as error:
            self._screen.wrong(error.message)
            return
        self._images.append(path)
        self._screen.say(f"{path.name} goes with your next message.")


def _asked(prompt: str) -> str:
    """A line; the prompt must not stand among answers that go to a file."""
    if sys.stdout.isatty():
        return input(prompt)
    click.echo(prompt, nl=False, err=True)
    return input()
