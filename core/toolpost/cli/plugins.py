"""`toolpost plugins`: what is installed and what runs. None of these imports a plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from toolpost.cli.output import as_json, table
from toolpost.config.edit import edit, switch_plugin
from toolpost.config.load import Config, load
from toolpost.config.show import settings_of, toml
from toolpost.errors import ConfigError, PluginError
from toolpost.nearest import nearest
from toolpost.plugins.find import Found, installed

JSON = click.option("--json", "for_programs", is_flag=True, help="Print JSON.")


def _names(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    return [name for name in installed() if name.startswith(begun)]


NAME = click.argument("name", shell_complete=_names)


@click.group()
def plugins() -> None:
    """See, enable and disable plugins. No plugin is imported for it."""


@plugins.command("list")
@JSON
@click.pass_obj
def list_(config: Path | None, for_programs: bool) -> None:
    """List the plugins, installed or configured, and the state of each.

    A plugin is enabled, disabled, or missing: configured and not installed.
    """
    settings, found = load(config, lenient=True), installed()
    known = [_describe(name, settings, found) for name in _all(settings, found)]
    if for_programs:
        as_json(known)
        return
    rows = [(item["name"], item["state"], item["distribution"] or "-", item["summary"]) for item in known]
    table(("PLUGIN", "STATE", "DISTRIBUTION", "WHAT IT IS"), rows)


@plugins.command()
@NAME
@JSON
@click.pass_obj
def show(config: Path | None, name: str, for_programs: bool) -> None:
    """Show the plugin NAME: where it is from, and its settings; secrets are hidden."""
    settings, found = load(config, lenient=True), installed()
    _require(name, _all(settings, found))
    known = _describe(name, settings, found)
    if for_programs:
        as_json(known)
        return
    for key in ("name", "state", "distribution", "entry_point", "summary"):
        click.echo(f"{key.replace('_', ' '):14}{known[key] or '-'}")
    for setting in known["settings"]:
        click.echo(f"  {setting['key']} = {toml(setting['value'])}    ({setting['origin']})")


@plugins.command()
@NAME
@JSON
@click.pass_obj
def enable(config: Path | None, name: str, for_programs: bool) -> None:
    """Enable the plugin NAME in the configuration file; one that is not listed there yet comes last."""
    if name not in installed():
        raise PluginError(f"plugin {name!r} is not installed; {nearest(name, installed())}")
    _switch(config, name, True, for_programs)


@plugins.command()
@NAME
@JSON
@click.pass_obj
def disable(config: Path | None, name: str, for_programs: bool) -> None:
    """Disable the plugin NAME in the configuration file; its settings stay there."""
    settings = load(config, lenient=True)
    _require(name, _all(settings, installed()))
    listed = settings.plugins.get(name)
    if listed is not None and listed.required:
        place = listed.source.at("required")
        raise ConfigError(f"{place}: toolpost is not to run without plugin {name!r}; write required = false first")
    _switch(config, name, False, for_programs)


def _switch(config: Path | None, name: str, on: bool, for_programs: bool) -> None:
    from toolpost.cli.switch import report

    edited = edit(load(config, lenient=True).path, switch_plugin(name, on))
    report(edited, "plugin", name, on, for_programs)
    listed = load(edited.path, lenient=True).plugins.get(name)
    if (listed is not None and listed.enabled) is not on:
        click.echo(f"but a variable TOOLPOST__{name.upper()}__ENABLED says otherwise, and stands above", err=True)


def _all(config: Config, found: dict[str, list[Found]]) -> list[str]:
    return [*config.plugins, *(name for name in found if name not in config.plugins)]


def _require(name: str, known: list[str]) -> None:
    if name not in known:
        raise PluginError(f"there is no plugin {name!r}; {nearest(name, known)}")


def _describe(name: str, config: Config, found: dict[str, list[Found]]) -> dict[str, Any]:
    claims, listed = found.get(name, []), config.plugins.get(name)
    state = "enabled" if listed and listed.enabled else "disabled"
    private = frozenset[str]().union(*(claim.private for claim in claims if listed and listed.settings))
    return {
        "name": name,
        "state": state if claims else "missing",
        "distribution": " and ".join(claim.distribution for claim in claims) or None,
        "entry_point": claims[0].entry_point.value if claims else None,
        "summary": claims[0].summary if claims else "",
        "settings": settings_of(listed.settings, private) if listed else [],
    }
