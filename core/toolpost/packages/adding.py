"""What plugins that stand add to the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from toolpost.plugins.registry import Registry


class Line(click.Group):
    """A command line that has any group a plugin asks for, to see what it adds."""

    def __init__(self) -> None:
        super().__init__("toolpost")
        self.asked: dict[str, click.Group] = {}

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return super().get_command(ctx, name) or self.asked.setdefault(name, click.Group(name))


def added_by(registry: Registry) -> Iterator[dict[str, Any]]:
    """Each command by its words after `toolpost`, with the first line of its help."""
    line = Line()
    registry.commands(line)
    for above, group in (("", line), *line.asked.items()):
        for name, command in group.commands.items():
            if not command.hidden:
                yield {"name": f"{above} {name}".strip(), "description": (command.help or "").partition("\n")[0]}
