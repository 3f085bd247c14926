"""A schema in a few words, as people read it: `array of integer (1 to 100)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from toolpost.cli.schema import ALL, resolved, types

# How deep a schema may refer to others, or to itself.
DEEPEST = 4
# Values, and kinds of them, that are written out where only some will do.
NAMED = 12
COUNTED = (("minLength", "maxLength", "characters"), ("minItems", "maxItems", "items"))


def told(schema: Any, root: Mapping[str, Any], depth: int = 0) -> str:
    """What a value must be: its types, those of its items, and their bounds."""
    if not isinstance(schema, Mapping):
        return _named(types(schema, root))
    schema = resolved(schema, root)
    parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if parts and depth < DEEPEST:
        each = dict.fromkeys(told(part, root, depth + 1) for part in parts[:NAMED])
        return " or ".join(sorted(each, key="null".__eq__)) + " …" * (len(parts) > NAMED)
    if values := [schema["const"]] if "const" in schema else schema.get("enum"):
        return _choice(values)
    bounds = ", ".join(_bounds(schema))
    return f"{_kind(schema, root, depth)}{f' ({bounds})' * bool(bounds)}"


def told_result(schema: Mapping[str, Any]) -> str:
    """The same of what a tool gives, without the object that stands around a bare value."""
    fields = resolved(schema, schema).get("properties", {})
    given = resolved(fields["result"], schema) if set(fields) == {"result"} else resolved(schema, schema)
    keys = ", ".join(f"{key}: {told(field, schema)}" for key, field in given.get("properties", {}).items())
    return f"object with {keys}" if keys else told(given, schema)


def _kind(schema: Mapping[str, Any], root: Mapping[str, Any], depth: int) -> str:
    named = _named(types(schema, root))
    for kind, key in (("array", "items"), ("object", "additionalProperties")):
        if named == kind and isinstance(schema.get(key), Mapping) and schema[key] and depth < DEEPEST:
            return f"{kind} of {told(schema[key], root, depth + 1)}"
    return named


def _named(kinds: frozenset[str]) -> str:
    if kinds in (ALL, frozenset()):
        return "anything"
    return " or ".join(sorted(kinds, key=lambda one: (one == "null", one)))


def _choice(values: list[Any]) -> str:
    more = " …" if len(values) > NAMED else ""
    return " or ".join(to_json(value).decode() for value in values[:NAMED]) + more


def _bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    for sign, key in (("≥", "minimum"), (">", "exclusiveMinimum"), ("≤", "maximum"), ("<", "exclusiveMaximum")):
        if key in schema:
            yield f"{sign} {schema[key]}"
    for least, most, what in COUNTED:
        if schema.get(least):
            yield f"{what} ≥ {schema[least]}"
        if most in schema:
            yield f"{what} ≤ {schema[most]}"
    for key in ("multipleOf", "pattern", "format"):
        if key in schema:
            yield f"{'multiple of' if key == 'multipleOf' else key} {schema[key]}"
