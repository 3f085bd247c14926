"""What a tool's schema says of the type of an argument, as far as the command line must know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ALL = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})


def json_type(value: Any) -> str:
    """The JSON type of a value; 3 is an integer, which also is a number."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def types(schema: Any, root: Mapping[str, Any], seen: set[str] | None = None) -> frozenset[str]:
    """The JSON types that a schema allows at its root; all of them where it does not say.

    One that refers to itself adds nothing by that; `seen` are the references that were followed already.
    """
    seen = set() if seen is None else seen
    if not isinstance(schema, Mapping):
        return ALL
    if "$ref" in schema:
        if (reference := str(schema["$ref"])) in seen:
            return frozenset()
        seen.add(reference)
        return types(resolved(schema, root), root, seen)
    if parts := [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        return frozenset[str]().union(*(types(part, root, seen) for part in parts))
    if "type" in schema:
        named = schema["type"]
        return frozenset(named if isinstance(named, list) else [named])
    if allowed := [schema["const"]] if "const" in schema else schema.get("enum"):
        return frozenset(map(json_type, allowed))
    return frozenset(ALL)


def items(schema: Any, root: Mapping[str, Any]) -> Any:
    """The schema of the items, where an array may stand."""
    schema = resolved(schema, root)
    for part in [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        if "items" in (part := resolved(part, root)):
            return part["items"]
    return {}


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema, or the definition that it refers to in the same document."""
    for _ in range(8):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/$defs/"):
            break
        schema = root.get("$defs", {}).get(reference.removeprefix("#/$defs/"), {})
    return {} if "$ref" in schema else schema
