"""Whether a schema is one that every client and every model's API takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from toolpost.checks.finding import Finding, error, note

# Anthropic, tool use: names of properties; OpenAI and Anthropic refuse these at the root.
PROPERTY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
NOT_AT_ROOT = ("anyOf", "oneOf", "allOf", "enum", "not", "const", "if")
# OpenAI, structured outputs, "Supported schemas": what strict mode refuses, and its bounds.
NOT_STRICT = {
    "allOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else", "patternProperties", "oneOf",
    "propertyNames", "unevaluatedProperties", "uniqueItems", "contains", "prefixItems",
    "minProperties", "maxProperties",
}  # fmt: skip
DEEPEST, MOST_PROPERTIES, MOST_CHOICES = 10, 5000, 1000
MAPS = ("properties", "$defs", "patternProperties", "dependentSchemas")
LITERALS = ("const", "default", "enum", "examples", "required", "type")


def of_schema(about: str, schema: Mapping[str, Any], *, is_input: bool = True) -> Iterator[Finding]:
    """What is wrong with a tool's schema."""
    from jsonschema_rs import ValidationError, meta

    try:
        meta.validate(dict(schema))
    except (ValidationError, ValueError, TypeError) as wrong:
        what = str(wrong).splitlines()[0][:200]
        yield error(
            "schema", about, f"it is no JSON Schema 2020-12: {what}", "mend the schema, or leave it to annotations"
        )
        return
    yield from _root(about, schema)
    yield from _references(about, schema)
    if is_input:
        yield from _properties(about, schema)
        yield from _strict(about, schema)


def _root(about: str, schema: Mapping[str, Any]) -> Iterator[Finding]:
    if schema.get("type") != "object":
        yield error("schema", about, f"its root is {schema.get('type', 'untyped')}", 'make it "type": "object"')
    for keyword in NOT_AT_ROOT:
        if keyword in schema:
            way_out = "move it into a property, or check it in the function and raise InvalidArguments"
            yield error(
                "schema", about, f"{keyword!r} stands at its root, where OpenAI and Anthropic refuse it", way_out
            )


def _references(about: str, schema: Mapping[str, Any]) -> Iterator[Finding]:
    for keyword, value, _ in _walk(schema):
        if keyword == "$ref" and not str(value).startswith("#"):
            yield error("schema", about, f"it refers to {value!r}, which no client fetches", "write it into the schema")


def _properties(about: str, schema: Mapping[str, Any]) -> Iterator[Finding]:
    properties = [name for keyword, value, _ in _walk(schema) if keyword == "properties" for name in value]
    for name in sorted({name for name in properties if not PROPERTY.fullmatch(name)}):
        way_out = "name it with 1 to 64 letters, digits, '_', '-' and '.'"
        yield error("schema", about, f"the property {name!r} has a name that Anthropic refuses", way_out)
    if len(properties) > MOST_PROPERTIES:
        yield error(
            "schema", about, f"it has {len(properties)} properties", f"OpenAI takes {MOST_PROPERTIES}; ask for less"
        )
    if schema.get("additionalProperties") is not False and "properties" in schema:
        way_out = 'set "additionalProperties": false'
        yield note("schema", about, "a mistyped argument is taken in silence", way_out)


def _strict(about: str, schema: Mapping[str, Any]) -> Iterator[Finding]:
    found = {keyword for keyword, _, _ in _walk(schema) if keyword in NOT_STRICT}
    if any(keyword == "additionalProperties" and isinstance(value, Mapping) for keyword, value, _ in _walk(schema)):
        found.add("additionalProperties with a schema")
    if any(keyword == "enum" and len(value) > MOST_CHOICES for keyword, value, _ in _walk(schema)):
        found.add(f"an enum of more than {MOST_CHOICES} values")
    if max((depth for _, _, depth in _walk(schema)), default=0) > DEEPEST:
        found.add(f"nesting deeper than {DEEPEST}")
    if found:
        way_out = "it works without strict mode; with plainer types it works with it too"
        yield note("schema-strict", about, f"strict mode refuses {', '.join(sorted(found))}", way_out)


def _walk(schema: Any, depth: int = 0) -> Iterator[tuple[str, Any, int]]:
    """Keywords with their values, and how deep in objects and lists they stand."""
    if isinstance(schema, list):
        for item in schema:
            yield from _walk(item, depth)
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        yield keyword, value, depth
        if keyword in MAPS and isinstance(value, Mapping):
            for item in value.values():
                yield from _walk(item, depth + (keyword == "properties"))
        elif keyword not in LITERALS:
            yield from _walk(value, depth + (keyword == "items"))
