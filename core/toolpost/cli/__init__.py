"""The command line: each command lies in a module of its own, imported when it is called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import click

from toolpost import __version__
from toolpost.errors import ConfigError, PluginError, UnknownTool

COMMANDS = ("call", "completion", "config", "connect", "doctor", "explain", "plugins", "serve", "tools")
MISUSE = 2


class Commands(click.Group):
    """The commands by module; a name that is none of ours may be a plugin's."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            module = import_module(f"toolpost.cli.{name}")
            command: click.Command = getattr(module, name)
            return command
        return super().get_command(ctx, name) or self._of_plugin(ctx, name)

    def invoke(self, ctx: click.Context) -> Any:
        with errors_in_a_line():
            return super().invoke(ctx)

    def _of_plugin(self, ctx: click.Context, name: str) -> click.Command | None:
        from toolpost.cli.contributed import add_commands

        with errors_in_a_line():
            add_commands(self, ctx.params.get("config"))
        return super().get_command(ctx, name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="The configuration to use (see `config path`)."
)
@click.pass_context
def toolpost(ctx: click.Context, config: Path | None) -> None:
    """A host for plugins that are tools for models.

    Plugins may add commands of their own, such as `toolpost local`.
    """
    ctx.obj = config
    if ctx.invoked_subcommand != "serve":
        gc.enable()


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """What the operator can mend is said in one line, and ends the program with status 2."""
    try:
        yield
    except (ConfigError, PluginError, UnknownTool) as error:
        fail(str(error))


def fail(text: str, status: int = MISUSE) -> NoReturn:
    """Say what is wrong on stderr and end."""
    click.echo(f"toolpost: {text}", err=True)
    sys.exit(status)
