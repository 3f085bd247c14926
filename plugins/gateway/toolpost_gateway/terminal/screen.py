"""What a person sees: the answer on stdout, and what happens meanwhile, dimmed, on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import click

from toolpost import Tool
from toolpost_gateway.loop.labels import label_of
from toolpost_gateway.sessions.line import line
from toolpost_gateway.talk import Advanced, Began, Ended, Event, Refusal, Text, Thought
from toolpost_gateway.terminal.album import Kept, drawn

# What would move the cursor, change colours or turn the writing around: C0 but line ends and tabs, C1, bidi
# controls; and tags, which nobody sees. What some terminals and readers take for the end of a line is one.
CONTROLS: dict[int, str | None] = {
    **dict.fromkeys(
        number
        for first, last in ((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069))
        for number in range(first, last + 1)
    ),
    **dict.fromkeys(range(0xE0000, 0xE0080)),
    0x2028: "\n",
    0x2029: "\n",
}
ARGUMENTS, WORDS = 120, 300
# Characters of a value that a person can judge at a glance.
READ = 2000


@dataclass
class Screen:
    """A terminal, or the files that stand in for one."""

    out: TextIO
    err: TextIO
    _at_line_start: bool = True
    _shows_progress: bool = False
    _titles: dict[str, str] = field(default_factory=dict)

    @property
    def is_terminal(self) -> bool:
        """Whether a person sits there, who can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.isatty()

    def show(self, event: Event | Kept) -> None:
        """Show what happens."""
        match event:
            case Text(text) | Refusal(text):
                self._write(clean(text))
            case Thought(text):
                pass  # long, and not the answer
            case Began(id=id, tool=tool, arguments=arguments):
                self._titles[id] = tool
                self.say(f"· {tool}({shortened(arguments, ARGUMENTS)})")
            case Advanced(id=id, done=done, total=total, message=message):
                self._progress(id, done, total, message)
            case Ended():
                self._ended(event)
            case Kept(path=path):
                self.say(f"  {_linked(path, self.err)}")
                if self.out.isatty():
                    self.out.write(drawn(event))

    def say(self, text: str) -> None:
        """A line or more beside the answer."""
        self._break()
        click.echo(click.style(clean(text), dim=True), file=self.err)

    def wrong(self, text: str) -> None:
        """Something went wrong."""
        self._break()
        click.echo(f"toolpost: {shortened(text, 2000)}", file=self.err)

    def end(self) -> None:
        """An answer has ended: what comes next begins a line."""
        self._break()
        self._titles.clear()

    def approve(self, tool: Tool, arguments: Mapping[str, Any], why: str) -> str:
        """Whether a call may be made: `y`, `n`, or `a` for always in this conversation, for the same reason.

        Raises:
            click.Abort: the person would rather end the answer.
        """
        self._break()
        click.echo(f"{_named(tool)}: {shortened(why, WORDS)}", file=self.err)
        for name, value in arguments.items():
            click.echo(f"  {shortened(str(name), WORDS)} = {_judged(_json(value))}", file=self.err)
        answer: str = click.prompt(
            "Allow? [y]es, [n]o, [a]lways", type=click.Choice(["y", "n", "a"]), show_choices=False, err=True
        )
        return answer

    def ask(self, message: str, schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What a person fills in of a form; None where they would rather not."""
        from toolpost.kit import ask_at_terminal

        self._break()
        return ask_at_terminal(clean(message), schema)

    def _ended(self, event: Ended) -> None:
        tool = self._titles.pop(event.id, event.tool)
        if event.is_error:
            self.say(f"  {tool} failed: {shortened(event.text, WORDS)}")
        else:
            self.say(f"  {tool} done in {event.seconds:.1f} s")

    def _progress(self, id: str, done: float, total: float | None, message: str) -> None:
        if not self.err.isatty():
            return
        share = f"{min(done / total, 1):.0%} " if total else ""
        self._break()
        told = f"  {self._titles.get(id, '')}: {share}{shortened(message, 60)}"
        click.echo(f"\r\x1b[K{click.style(clean(told), dim=True)}", nl=False, file=self.err)
        self._shows_progress = True

    def _write(self, text: str) -> None:
        if not text:
            return
        self._clear()
        self.out.write(text)
        self.out.flush()
        self._at_line_start = text.endswith("\n")

    def _break(self) -> None:
        self._clear()
        if not self._at_line_start:
            self.out.write("\n")
            self.out.flush()
            self._at_line_start = True

    def _clear(self) -> None:
        if self._shows_progress:
            click.echo("\r\x1b[K", nl=False, file=self.err)
            self._shows_progress = False


def clean(text: str) -> str:
    """A text that cannot write what it likes on a terminal."""
    return text.translate(CONTROLS)


def shortened(text: str, most: int) -> str:
    """A text in a line, cut."""
    words = line(text)
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _named(tool: Tool) -> str:
    """A tool in a question: its title, its name and whose it is, each as far as it says more."""
    title, label = shortened(tool.title or "", WORDS), label_of(tool)
    name = f"{title} ({tool.name})" if title and title != tool.name else tool.name
    return f"{name}, of {shortened(label, WORDS)}" if label and label != tool.name else name


def _judged(text: str) -> str:
    """A value in a line; who says yes to it has seen all of it, or knows how much not."""
    words = line(text)
    rest = len(words) - READ
    return words if rest <= 0 else f"{words[:READ]}… ({rest:,} more characters are not shown)"


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _linked(path: Path, file: TextIO) -> str:
    """A path; at a terminal as an address, which can be clicked on in most."""
    return path.absolute().as_uri() if file.isatty() else str(path)
