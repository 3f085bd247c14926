"""The command line: each command lies in a module of its own, imported when it is called."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from toolpost import __version__
from toolpost.cli.output import one_line
from toolpost.errors import ToolpostError
from toolpost.nearest import did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = (
    "bundle",
    "call",
    "completion",
    "config",
    "connect",
    "doctor",
    "explain",
    "plugins",
    "reload",
    "serve",
    "tokens",
    "tools",
)
MISUSE, INTERRUPTED = 2, 130
VARIABLE = "TOOLPOST_SAFE_MODE"


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing and args[0][:1] != "-" and self.get_command(ctx, args[0]) is None:
            raise click.UsageError(self._unknown(ctx, args[0]), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from toolpost.cli.contributed import write_commands

        super().format_commands(ctx, formatter)
        write_commands(formatter, ctx.params.get("config"))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from toolpost.cli.contributed import names

        return [*super().shell_complete(ctx, incomplete), *map(CompletionItem, names(incomplete))]

    def make_context(self, *given: Any, **named: Any) -> click.Context:
        with errors_in_a_line():
            return super().make_context(*given, **named)

    def invoke(self, ctx: click.Context) -> Any:
        with errors_in_a_line():
            return super().invoke(ctx)

    def _unknown(self, ctx: click.Context, name: str) -> str:
        from toolpost.cli.contributed import names, resting

        known = [*self.list_commands(ctx), *self.commands, *names("")]
        return resting(name, ctx.params.get("config")) or f"there is no command {name!r}; {did_you_mean(name, known)}"

    def _of_plugin(self, ctx: click.Context, name: str) -> click.Command | None:
        from toolpost.cli.contributed import add_commands

        try:
            add_commands(ctx)
        except ToolpostError:
            # While a shell completes a line, nothing may be said.
            if not ctx.resilient_parsing:
                raise
        return super().get_command(ctx, name)


def _safely(ctx: click.Context, parameter: click.Parameter, on: bool) -> None:
    """Set safe mode for this process, before a plugin could be asked for its commands."""
    if on:
        before = os.environ.get(VARIABLE, "")
        os.environ[VARIABLE] = "1"
        ctx.call_on_close(lambda: os.environ.update({VARIABLE: before}))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    is_eager=True,
    help="The configuration to use (see `config path`).",
)
@click.option(
    "--safe-mode",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_safely,
    help="Start only the plugins that came with toolpost; also TOOLPOST_SAFE_MODE=1.",
)
@click.pass_context
def toolpost(ctx: click.Context, config: Path | None) -> None:
    """A host for plugins that are tools for models.

    Plugins may add commands of their own. A plugin that is broken is left out, and named by
    `toolpost doctor`.

    \b
    toolpost call chat "What is the capital of France?"
    toolpost connect claude-desktop
    """
    ctx.obj = config
    if ctx.invoked_subcommand != "serve":
        gc.enable()


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """What the operator can mend is said in one line, and ends the program with status 2."""
    try:
        yield
    except ToolpostError as error:
        fail(str(error))
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        if error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        fail(_as_ours(error.format_message()), error.exit_code)
    except click.ClickException as error:
        fail(error.format_message(), error.exit_code)
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)


def _as_ours(text: str) -> str:
    """A sentence of click's as this program writes its own; a name in capitals stays as it is."""
    text = text.removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def fail(text: str, status: int = MISUSE) -> NoReturn:
    """Say what is wrong on stderr and end."""
    click.echo(f"toolpost: {one_line(text)}", err=True)
    sys.exit(status)
