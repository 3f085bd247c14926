"""A tool's question, asked in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from toolpost.errors import Refused


def ask_at_terminal(message: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answers by field; None when the person leaves.

    Raises:
        Refused: nobody sits at this terminal.
    """
    if not sys.stdin.isatty():
        raise Refused("this needs an answer from a person, and stdin is no terminal")
    click.echo(message, err=True)
    required = schema.get("required", ())
    try:
        given = {name: _field(name, field, name in required) for name, field in schema.get("properties", {}).items()}
    except click.Abort:
        return None
    return {name: value for name, value in given.items() if value != "" or name in required}


def _field(name: str, field: Mapping[str, Any], required: bool) -> Any:
    """One answer; where none is needed, an empty one."""
    label, default = field.get("title") or name, field.get("default", None if required else "")
    if field.get("type") == "boolean":
        return click.confirm(label, default=bool(default), err=True)
    kinds: dict[str, Any] = {"integer": int, "number": float}
    if "enum" in field:
        shown = {str(one): one for one in field["enum"]}
        return shown.get(chosen := click.prompt(label, default, type=click.Choice([*shown]), err=True), chosen)
    return click.prompt(label, default, type=kinds.get(field.get("type", "")), err=True, show_default=default != "")
