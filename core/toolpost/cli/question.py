"""A tool's question, asked in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from toolpost.errors import Refused


def ask(message: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The answers by field; None when the person leaves.

    Raises:
        Refused: nobody sits at this terminal.
    """
    if not sys.stdin.isatty():
        raise Refused("this needs an answer from a person, and stdin is no terminal")
    click.echo(message, err=True)
    try:
        return {name: _field(name, field) for name, field in schema.get("properties", {}).items()}
    except click.Abort:
        return None


def _field(name: str, field: Mapping[str, Any]) -> Any:
    label, default = field.get("title") or name, field.get("default")
    if field.get("type") == "boolean":
        return click.confirm(label, default=bool(default), err=True)
    kinds: dict[str, Any] = {"integer": int, "number": float}
    kind = click.Choice([str(one) for one in field["enum"]]) if "enum" in field else kinds.get(field.get("type", ""))
    return click.prompt(label, default=default, type=kind, err=True)
