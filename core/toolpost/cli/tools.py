"""`toolpost tools`: what the enabled plugins offer to models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from toolpost.cli.output import as_json, table
from toolpost.config.edit import edit, switch_tool
from toolpost.config.fields import nearest
from toolpost.config.load import Config, load
from toolpost.errors import UnknownTool


@click.group()
def tools() -> None:
    """See, enable and disable tools."""


@tools.command("list")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(config: Path | None, for_programs: bool) -> None:
    """List the tools of the enabled plugins, disabled ones included."""
    known = _known(load(config))
    if for_programs:
        as_json(list(known.values()))
        return
    rows = [(item["name"], item["state"], item["plugin"], item["description"].split("\n")[0]) for item in known.values()]
    table(("TOOL", "STATE", "PLUGIN", "WHAT IT DOES"), rows)


@tools.command()
@click.argument("name")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(config: Path | None, name: str, for_programs: bool) -> None:
    """Show one tool: what models read about it, and its arguments."""
    item = _one(load(config), name)
    if for_programs:
        as_json(item)
        return
    click.echo(f"{name}  ({item['plugin']}, {item['state']})\n\n{item['description']}\n")
    required = item["inputSchema"].get("required", ())
    for key, field in item["inputSchema"].get("properties", {}).items():
        kind = field.get("type") or " or ".join(part.get("type", "object") for part in field.get("anyOf", ()))
        default = f", default {field['default']!r}" if "default" in field else ""
        click.echo(f"  {key}: {kind}{', required' if key in required else default}")
        if "description" in field:
            click.echo(f"      {field['description']}")
    for hint, value in item.get("annotations", {}).items():
        click.echo(f"  [{hint}: {str(value).lower()}]")


@tools.command()
@click.argument("name")
@click.pass_obj
def enable(config: Path | None, name: str) -> None:
    """Show a tool to models again."""
    settings = load(config)
    if name not in settings.tools.disabled:
        _one(settings, name)
    _switch(settings, name, True)


@tools.command()
@click.argument("name")
@click.pass_obj
def disable(config: Path | None, name: str) -> None:
    """Hide a tool from models; its plugin stays."""
    settings = load(config)
    _one(settings, name)
    _switch(settings, name, False)


def _switch(settings: Config, name: str, on: bool) -> None:
    target = edit(settings.path, switch_tool(name, on))
    click.echo(f"tool {name} is {'enabled' if on else 'disabled'} in {target}")


def _known(config: Config) -> dict[str, dict[str, Any]]:
    from dataclasses import replace

    from toolpost.plugins.assemble import assemble
    from toolpost.server import wire

    host = assemble(replace(config, tools=replace(config.tools, disabled=[])))
    hidden = config.tools.disabled
    return {
        name: {
            **wire.tool(tool, stateless=True),
            "plugin": host.registry.owners[name],
            "state": "disabled" if name in hidden else "enabled",
        }
        for name, tool in host.tools.items()
    }


def _one(config: Config, name: str) -> dict[str, Any]:
    known = _known(config)
    if name not in known:
        raise UnknownTool(f"there is no tool {name!r}; {nearest(name, known)}")
    return known[name]
