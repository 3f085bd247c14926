"""`toolpost plugins`: what is installed and what runs. None of these imports a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from toolpost.cli.output import as_json, table
from toolpost.config.edit import edit, switch_plugin
from toolpost.config.fields import nearest
from toolpost.config.load import Config, load
from toolpost.errors import PluginError
from toolpost.plugins.find import installed


@click.group()
def plugins() -> None:
    """See, enable and disable plugins."""


@plugins.command("list")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(config: Path | None, for_programs: bool) -> None:
    """List the installed plugins and whether each is enabled."""
    known = [_describe(name, load(config)) for name in _names(load(config))]
    if for_programs:
        as_json(known)
        return
    rows = [(item["name"], item["state"], item["distribution"] or "-", item["summary"]) for item in known]
    table(("PLUGIN", "STATE", "DISTRIBUTION", "WHAT IT IS"), rows)


@plugins.command()
@click.argument("name")
@click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(config: Path | None, name: str, for_programs: bool) -> None:
    """Show one plugin: where it is from, and its settings."""
    settings = load(config)
    _require(name, settings)
    known = _describe(name, settings)
    if for_programs:
        as_json(known)
        return
    for key in ("name", "state", "distribution", "entry_point", "summary"):
        click.echo(f"{key.replace('_', ' '):14}{known[key] or '-'}")
    for setting in known["settings"]:
        click.echo(f"  {setting['key']} = {setting['value']}    ({setting['origin']})")


@plugins.command()
@click.argument("name")
@click.pass_obj
def enable(config: Path | None, name: str) -> None:
    """Enable a plugin in the configuration file."""
    if name not in installed():
        raise PluginError(f"plugin {name!r} is not installed; {nearest(name, installed())}")
    _switch(config, name, True)


@plugins.command()
@click.argument("name")
@click.pass_obj
def disable(config: Path | None, name: str) -> None:
    """Disable a plugin in the configuration file."""
    _require(name, load(config))
    _switch(config, name, False)


def _switch(config: Path | None, name: str, on: bool) -> None:
    target = edit(load(config).path, switch_plugin(name, on))
    click.echo(f"plugin {name} is {'enabled' if on else 'disabled'} in {target}")


def _names(config: Config) -> list[str]:
    return [*config.plugins, *(name for name in installed() if name not in config.plugins)]


def _require(name: str, config: Config) -> None:
    if name not in _names(config):
        raise PluginError(f"there is no plugin {name!r}; {nearest(name, _names(config))}")


def _describe(name: str, config: Config) -> dict[str, Any]:
    from toolpost.config.show import settings_of

    claims, listed = installed().get(name, []), config.plugins.get(name)
    state = "enabled" if listed and listed.enabled else "disabled"
    return {
        "name": name,
        "state": state if claims else "missing",
        "distribution": " and ".join(claim.distribution for claim in claims) or None,
        "entry_point": claims[0].entry_point.value if claims else None,
        "summary": claims[0].summary if claims else "",
        "settings": settings_of(listed.settings) if listed else [],
    }
