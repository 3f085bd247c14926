"""From words on the command line to a tool's arguments, typed by its schema."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from toolpost.cli.schema import items, json_type, types
from toolpost.errors import InvalidArguments
from toolpost.nearest import did_you_mean
from toolpost.tools.tool import Tool

TEXT = frozenset({"string", "null"})
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


def arguments_of(tool: Tool, words: Iterable[str]) -> dict[str, Any]:
    """`key=value` words as arguments; other words are the tool's texts that no key gives, in their order.

    A value is read as the schema says; `@file` is the content of a file and
    `-` what stands on stdin, `@@` at its start is a plain `@`. A file that
    is a picture becomes a data URL. A key of an array may come several times,
    each with an item.

    Raises:
        InvalidArguments: a key the tool does not have, a value that cannot be read, a word too many.
    """
    schema = tool.input_schema
    properties: Mapping[str, Any] = schema.get("properties", {})
    arguments: dict[str, Any] = {}
    texts: list[str] = []
    for word in words:
        key, equals, value = word.partition("=")
        if equals and (key in properties or _is_open(schema, key)):
            _add(arguments, key, _content(value), properties.get(key, {}), schema)
        else:
            texts.append(word)
    for word in texts:
        key, equals, _ = word.partition("=")
        text = _first_text(properties, schema, arguments)
        if text is None or (equals and key.isidentifier()):
            raise InvalidArguments(_out_of_place(tool, key, word, text))
        arguments[text] = _content(word)
    return arguments


def _add(arguments: dict[str, Any], key: str, text: str, schema: Any, root: Mapping[str, Any]) -> None:
    allowed = types(schema, root)
    value = _value(key, text, schema, root)
    if key not in arguments:
        arguments[key] = value
    elif "array" in allowed and isinstance(value, list) and isinstance(arguments[key], list):
        arguments[key] += value
    else:
        raise InvalidArguments(f"{key}: given twice")


def _value(key: str, text: str, schema: Any, root: Mapping[str, Any]) -> Any:
    allowed = types(schema, root)
    value = _json(text)
    if value is not _NONE and _fits(value, allowed):
        return value
    if "string" in allowed:
        return text
    if "array" in allowed:
        return [_value(key, text, items(schema, root), root)]
    if value is _NONE:
        raise InvalidArguments(f"{key}: {text[:40]!r} is no {' or '.join(sorted(allowed))}")
    return value  # of a wrong type, which the layer that checks arguments says best


_NONE = object()


def _json(text: str) -> Any:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return _NONE


def _fits(value: Any, allowed: frozenset[str]) -> bool:
    # A text is taken as it stands: with its quotes, if it has any.
    kind = json_type(value)
    return kind != "string" and (kind in allowed or (kind == "integer" and "number" in allowed))


def _is_open(schema: Mapping[str, Any], key: str) -> bool:
    """Whether a tool takes arguments that its schema does not name."""
    extra = schema.get("additionalProperties", "properties" not in schema)
    return extra is not False and key.isidentifier()


def _first_text(properties: Mapping[str, Any], root: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """The first argument that is a text and not given yet; those that must be given come first."""
    required = root.get("required", ())
    free = sorted((name for name in properties if name not in given), key=lambda name: name not in required)
    kinds = ((name, types(properties[name], root)) for name in free)
    return next((name for name, kind in kinds if "string" in kind <= TEXT), None)


def _out_of_place(tool: Tool, key: str, word: str, text: str | None) -> str:
    properties = tool.input_schema.get("properties", {})
    if not properties:
        return f"{word[:40]!r} is too much: {tool.name} takes no arguments"
    if key == word:
        too_much = f"{word[:40]!r} is too much; the arguments of {tool.name} are {', '.join(properties)}"
        return too_much if text is None else f"{word[:40]!r}: no such argument of {tool.name}"
    as_text = f"; if it is the text, write {text}={word[:40]!r}" if text else ""
    return f"{key[:40]!r}: no such argument of {tool.name}; {did_you_mean(key, properties)}{as_text}"


def _content(value: str) -> str:
    try:
        if value == "-":
            return sys.stdin.read()
        if value.startswith("@@") or not value.startswith("@"):
            text = value.removeprefix("@") if value.startswith("@@") else value
            text.encode()  # what the shell passed may be no text
            return text
        return _file(Path(value[1:]).expanduser())
    except OSError as error:
        raise InvalidArguments(f"{value[:80]}: {error.strerror or error}; a text with @ at its start has @@") from None
    except UnicodeError:
        raise InvalidArguments(f"{value[:80]!a}: this is not UTF-8 text") from None


def _file(path: Path) -> str:
    """A file as text; a picture, which can be none, as a data URL."""
    content = path.read_bytes()
    kind = next((kind for start, kind in PICTURES.items() if content.startswith(start)), None)
    if kind is None:
        return content.decode("utf-8")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
