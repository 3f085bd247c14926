"""From words on the command line to a tool's arguments, typed by its schema."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from toolpost.config.fields import nearest
from toolpost.errors import InvalidArguments
from toolpost.tools.tool import Tool

JSON_TYPES = {"integer", "number", "boolean", "array", "object", "null"}


def arguments_of(tool: Tool, words: Iterable[str]) -> dict[str, Any]:
    """`key=value` words as arguments; one other word is the tool's first text.

    A value is read as the schema says; `@file` is the content of a file and
    `-` what stands on stdin, `@@` at its start is a plain `@`.

    Raises:
        InvalidArguments: a key the tool does not have, a value that cannot be read, a word too many.
    """
    properties: Mapping[str, Any] = tool.input_schema.get("properties", {})
    arguments: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if equals and key in properties:
            arguments[key] = _value(key, _content(value), properties[key])
        elif (first := _first_text(properties)) is not None and first not in arguments and not _like_key(word):
            arguments[first] = _content(word)
        else:
            raise InvalidArguments(_out_of_place(tool, key if equals else word, properties))
    return arguments


def _first_text(properties: Mapping[str, Any]) -> str | None:
    return next((name for name, schema in properties.items() if "string" in _types(schema)), None)


def _like_key(word: str) -> bool:
    """Whether a word was meant as `key=value`, and not as a text that happens to hold a `=`."""
    key, equals, _ = word.partition("=")
    return bool(equals) and key.isidentifier()


def _out_of_place(tool: Tool, word: str, properties: Mapping[str, Any]) -> str:
    if not properties:
        return f"{word!r} is too much: {tool.name} takes no arguments"
    return f"{word!r}: no such argument of {tool.name}; {nearest(word, properties)}"


def _content(value: str) -> str:
    if value == "-":
        return sys.stdin.read()
    if value.startswith("@@") or not value.startswith("@"):
        return value.removeprefix("@") if value.startswith("@@") else value
    try:
        return Path(value[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArguments(f"{value}: the file cannot be read as text: {error}") from None


def _value(key: str, text: str, schema: Mapping[str, Any]) -> Any:
    types = _types(schema)
    if not types & JSON_TYPES:
        return text
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError:
        if "string" in types:
            return text
        raise InvalidArguments(f"{key}: {text[:40]!r} is no {' or '.join(sorted(types))}") from None
    # "3" for a text or null stays a text; null and lists are what was meant.
    return text if "string" in types and not isinstance(value, list | dict | None) else value


def _types(schema: Mapping[str, Any]) -> set[str]:
    """The JSON types that a schema allows at its root; a reference counts as an object."""
    if "$ref" in schema:
        return {"object"}
    if parts := [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]:
        return set().union(*map(_types, parts))
    named = schema.get("type", "string")
    return set(named) if isinstance(named, list) else {named}
