"""`toolpost plugins show`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from toolpost.cli.output import as_json, one_line
from toolpost.cli.plugins.known import JSON, NAME, Known
from toolpost.packages.listed import Listed
from toolpost.packages.manifest import Contribution, manifest_of

# Keys of a plugin's table that are not the plugin's own.
SWITCHES = ("enabled", "required")


@click.command()
@NAME
@JSON
@click.pass_obj
def show(config: Path | None, name: str, for_programs: bool) -> None:
    """Show the plugin NAME: where it is from, what it contributes, and its settings; secrets are hidden.

    What it contributes is what its author's manifest says: nothing is imported.
    """
    known = Known(Listed.read(config))
    known.require(name)
    claims = known.found.get(name, [])
    said = manifest_of(claims[0]) if claims else None
    facts = {**known.facts(name), "contributes": said, "settings": _settings(known, name)}
    if for_programs:
        as_json(facts)
        return
    for line in _lines(facts):
        click.echo(one_line(line))


def _settings(known: Known, name: str) -> list[dict[str, Any]]:
    """Key, value and origin of each setting in the configuration."""
    if not known.listed.plugins.get(name):
        return []
    private = frozenset[str]().union(*(claim.private for claim in known.found.get(name, [])))
    table = known.listed.tables[name] if known.listed.tables is not None else None
    if table is None or "$" in str(table):
        # Only here: it needs pydantic, which takes longer to import than all the rest.
        from toolpost.config.load import load
        from toolpost.config.show import settings_of

        return settings_of(load(known.listed.path, lenient=True).plugins[name].settings, private)
    return _as_they_stand(known.listed, name, table, private)


def _as_they_stand(
    listed: Listed, name: str, table: Mapping[str, Any], private: frozenset[str]
) -> list[dict[str, Any]]:
    """The settings in a table without variables."""
    from toolpost.config.fields import Setting, Source
    from toolpost.config.secrets import visible

    source = Source(listed.path, listed.text, ("plugins", name))
    return [
        {"key": key, "value": visible(key, Setting(value, ""), private), "origin": source.at(key).partition(": [")[0]}
        for key, value in table.items()
        if key not in SWITCHES
    ]


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "state", "reason", "distribution", "entry_point", "summary"):
        if facts[key] or key != "reason":
            yield f"{key.replace('_', ' '):14}{facts[key] or '-'}"
    for setting in facts["settings"]:
        yield f"  {setting['key']} = {_toml(setting['value'])}    ({setting['origin']})"
    if facts["contributes"] is not None:
        yield from _contributed(facts["contributes"], {setting["key"] for setting in facts["settings"]})


def _contributed(said: Contribution, set_already: set[str]) -> Iterator[str]:
    for kind, key in (("tools", "name"), ("resources", "uri"), ("prompts", "name")):
        for item in said[kind]:
            first = str(item.get("description") or "").partition("\n")[0]
            hints = [str(hint) for hint, value in dict(item.get("annotations") or {}).items() if value is True]
            yield f"{kind[:-1]:14}{item.get(key)}: {first}" + (f" [{', '.join(hints)}]" if hints else "")
    if "middleware" in said["hooks"]:
        yield f"{'layer':14}around every call"
    for item in said["settings"]:
        if item.get("name") not in set_already:
            value = "required" if item.get("required") else f"default {item.get('default')!r}"
            doc = f": {item['doc']}" if item.get("doc") else ""
            yield f"{'setting':14}{item.get('name')} ({item.get('type')}, {value}){doc}"


def _toml(value: Any) -> str:
    if "{" not in (plain := json.dumps(value, ensure_ascii=False, default=str)):
        return plain
    from toolpost.config.show import toml

    return toml(value)
