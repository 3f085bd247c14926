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
from toolpost_gateway.talk import Advanced, Began, Ended, Event, Refusal, Text, Thought
from toolpost_gateway.terminal.album import Kept, drawn

# What would move the cursor, change colours or turn the writing around: C0 but line ends and tabs, C1, bidi controls.
CONTROLS = {
    number: None
    for first, last in ((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069))
    for number in range(first, last + 1)
}
ARGUMENTS, WORDS = 120, 300


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

    def say(self, line: str) -> None:
        """A line beside the answer."""
        self._break()
        click.echo(click.style(clean(line), dim=True), file=self.err)

    def wrong(self, text: str) -> None:
        """Something went wrong."""
        self._break()
        click.echo(f"toolpost: {shortened(text, 2000)}", file=self.err)

    def end(self) -> None:
        """An answer has ended: what comes next begins a line."""
        self._break()
        self._titles.clear()

    def approve(self, tool: Tool, arguments: Mapping[str, Any], why: str) -> str:
        """Whether a call may be made: `y`, `n`, or `a` for always in this conversation.

        Raises:
            click.Abort: the person would rather end the answer.
        """
        self._break()
        click.echo(f"{clean(tool.title or tool.name)} ({tool.name}): {clean(why)}", file=self.err)
        for name, value in arguments.items():
            click.echo(f"  {clean(str(name))} = {shortened(_json(value), 2000)}", file=self.err)
        answer: str = click.prompt(
            "Allow? [y]es, [n]o, [a]lways", type=click.Choice(["y", "n", "a"]), show_choices=False, err=True
        )
        return answer

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
        line = f"  {self._titles.get(id, '')}: {share}{shortened(message, 60)}"
        click.echo(f"\r\x1b[K{click.style(clean(line), dim=True)}", nl=False, file=self.err)
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
    line = " ".join(clean(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _linked(path: Path, file: TextIO) -> str:
    """A path that can be clicked on where the terminal knows links (OSC 8)."""
    return str(path) if not file.isatty() else str(path.absolute().as_uri())
