"""Schemas of arguments as providers take them: an object at the top, and nothing beside it that they refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

# OpenAI refuses these at the top of a function's parameters, and leaves the rest to the model.
COMBINED = ("allOf", "anyOf", "oneOf")
REFUSED = frozenset({*COMBINED, "not", "enum", "const", "if", "then", "else", "$schema", "$id", "$ref"})
# Where schemas stand within a schema: by name, in a list, or alone.
NAMED = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
ALONE = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
DEEPEST = 40


def mended(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """A schema that providers take; None where the arguments are no object, so that nothing mends it.

    It may allow more than the tool's own, against which the arguments are checked all the same.
    """
    top = _followed(schema, schema)
    parts = [_followed(part, schema) for name in COMBINED for part in _some(top.get(name))]
    if not _is_object(top, parts):
        return None
    found = {name: _nested(name, value, DEEPEST) for name, value in top.items() if name not in REFUSED}
    found["type"] = "object"
    found["properties"] = {**_properties(parts), **_mapping(found.get("properties"))}
    required = [name for name in _required(top) if name in found["properties"]]
    return {**found, "required": required} if required else {k: v for k, v in found.items() if k != "required"}


def _followed(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference at the top stands for."""
    for _ in range(DEEPEST):
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        target: Any = root
        for step in reference[2:].split("/"):
            target = target.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(target, Mapping) else None
        schema = {**_mapping(target), **{k: v for k, v in schema.items() if k != "$ref"}}
    return _mapping(schema)


def _is_object(top: Mapping[str, Any], parts: Iterable[Mapping[str, Any]]) -> bool:
    said = top.get("type")
    if said is None:
        return "properties" in top or not parts or any(_is_object(part, ()) for part in parts)
    return said == "object" or (isinstance(said, list) and "object" in said)


def _properties(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """All that any of several forms takes."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in _mapping(part.get("properties")).items():
            found.setdefault(name, _schema(value, DEEPEST))
    return found


def _required(top: Mapping[str, Any]) -> list[str]:
    """What must be given in any case: what only some forms want is left to the tool."""
    whole = [part for part in _some(top.get("allOf")) if isinstance(part, Mapping)]
    names = [name for part in (top, *whole) for name in _some(part.get("required")) if isinstance(name, str)]
    return list(dict.fromkeys(names))


def _schema(value: Any, depth: int) -> Any:
    if not isinstance(value, Mapping) or depth == 0:
        return {}
    reference = value.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        return {}
    found = {name: _nested(name, member, depth - 1) for name, member in value.items()}
    if "array" in (found.get("type"), *_some(found.get("type"))) and "items" not in found:
        found["items"] = {}
    return found


def _nested(name: str, value: Any, depth: int) -> Any:
    if name in NAMED:
        return {key: _schema(member, depth) for key, member in _mapping(value).items()}
    if name in LISTED:
        return [_schema(member, depth) for member in _some(value)]
    if name in ALONE and not isinstance(value, bool):
        return _schema(value, depth)
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _some(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
