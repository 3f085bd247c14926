"""`toolpost tools`: what the enabled plugins offer to models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from toolpost.cli.output import as_json, table
from toolpost.cli.tool_rows import host_of, known_of, one_of, write
from toolpost.config.edit import edit, switch_tool
from toolpost.config.load import Config, load

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from toolpost.host import Host

JSON = click.option("--json", "for_programs", is_flag=True, help="Print JSON.")


class Tools(click.Group):
    """The commands on tools, and those that plugins add to them."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        own = super().get_command(ctx, name)
        if own is None:
            from toolpost.cli.contributed import add_commands

            add_commands(ctx)
        return own or super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from toolpost.cli.contributed import write_commands

        super().format_commands(ctx, formatter)
        write_commands(formatter, ctx.obj, "tools")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from toolpost.cli.contributed import names

        return [*super().shell_complete(ctx, incomplete), *map(CompletionItem, names(incomplete, "tools"))]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from toolpost.cli.contributed import resting

        is_unknown = not ctx.resilient_parsing and args[0][:1] != "-" and self.get_command(ctx, args[0]) is None
        if is_unknown and (said := resting(f"tools {args[0]}", ctx.obj)):
            raise click.UsageError(said, ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Tools)
def tools() -> None:
    """See, enable and disable tools."""


@tools.command("list")
@click.option("--connect", is_flag=True, help="List tools of other servers too, which takes as long as they do.")
@JSON
@click.pass_obj
def list_(config: Path | None, connect: bool, for_programs: bool) -> None:
    """List the tools of the enabled plugins, disabled ones included."""
    from toolpost.cli.opened import opened

    settings = load(config)
    host = host_of(settings)
    known = opened(host, settings, lambda: known_of(host, settings)) if connect else known_of(host, settings)
    if for_programs:
        as_json(list(known.values()))
        return
    rows = [(name, item["state"], item["plugin"], _first_line(item)) for name, item in known.items()]
    table(("TOOL", "STATE", "PLUGIN", "WHAT IT DOES"), rows)
    if not connect:
        _tell_of_more(host)


@tools.command()
@click.argument("name")
@JSON
@click.pass_obj
def show(config: Path | None, name: str, for_programs: bool) -> None:
    """Show the tool NAME: what models read about it, and its arguments."""
    item = one_of(load(config), name, withheld=False)
    if for_programs:
        as_json(item)
        return
    write(item)


@tools.command()
@click.argument("name")
@JSON
@click.pass_obj
def enable(config: Path | None, name: str, for_programs: bool) -> None:
    """Show the tool NAME to models again."""
    settings = load(config)
    if name not in settings.tools.disabled:
        one_of(settings, name, withheld=False)
    _switch(settings, name, True, for_programs)


@tools.command()
@click.argument("name")
@JSON
@click.pass_obj
def disable(config: Path | None, name: str, for_programs: bool) -> None:
    """Hide the tool NAME from models; its plugin stays."""
    settings = load(config)
    if name not in settings.tools.disabled:
        one_of(settings, name)
    _switch(settings, name, False, for_programs)


def _first_line(item: Mapping[str, Any]) -> str:
    return str(item.get("why") or item["description"].split("\n")[0])


def _switch(settings: Config, name: str, on: bool, for_programs: bool) -> None:
    from toolpost.cli.switch import report

    report(edit(settings.path, switch_tool(name, on)), "tool", name, on, for_programs)


def _tell_of_more(host: Host) -> None:
    from toolpost.plugins.expected import expected

    for plugin, patterns in expected(host.registry).items():
        many = f"{len(patterns)} sources" if len(patterns) > 1 else "a source"
        names = ", ".join(patterns)
        click.echo(f"and tools from {many} of {plugin} ({names}): `toolpost tools list --connect`", err=True)
