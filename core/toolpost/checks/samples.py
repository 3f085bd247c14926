"""Arguments that fit a schema: the smallest, and some at the edges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
TEXTS = ("", "x" * 2000, "naïve ☃ 你好", "../../etc/passwd", "{}")
# Not larger: whoever takes any number mostly makes as much of something.
NUMBERS = (0, 1, -1, 10_000)
EDGES: Mapping[str, tuple[Any, ...]] = {
    "string": TEXTS,
    "integer": NUMBERS,
    "number": NUMBERS,
    "boolean": (True, False),
    "array": ([],),
}
# Of each kind something, one of which mostly does not fit.
KINDS: tuple[Any, ...] = ({"x": []}, [], 7, "x")
FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "ann@example.com",
    "uri": "https://example.com/",
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "ipv4": "192.0.2.1",
    "duration": "P1D",
    "binary": "eA==",
}
TRIED = 12


def smallest(schema: Schema) -> dict[str, Any] | None:
    """The smallest arguments that fit, the author's own example first; None where none are found."""
    for example in schema.get("examples", ()):
        if isinstance(example, dict) and fits(schema, example):
            return example
    made = sample(schema, schema)
    return made if isinstance(made, dict) and fits(schema, made) else None


def edges(schema: Schema) -> Iterator[dict[str, Any]]:
    """Some more arguments that fit: everything that can be given, and each field at its edges."""
    start, found = smallest(schema), 0
    if start is None:
        return
    fields = schema.get("properties", {})
    whole = {**{name: sample(field, schema) for name, field in fields.items()}, **start}
    tried = [whole, *({**start, name: value} for name, field in fields.items() for value in _edge(field, schema))]
    for arguments in tried:
        if found < TRIED and arguments != start and fits(schema, arguments):
            found += 1
            yield arguments


def wrong(schema: Schema) -> Iterator[dict[str, Any]]:
    """Arguments that do not fit: something missing, something of another kind, something unknown."""
    start = smallest(schema)
    if start is None:
        return
    for name in schema.get("required", ()):
        yield {key: value for key, value in start.items() if key != name}
    tried = [{**start, name: value} for name in schema.get("properties", {}) for value in KINDS]
    yield from (arguments for arguments in [*tried, {**start, "no_such_argument_": 1}] if not fits(schema, arguments))


def fits(schema: Schema, value: Any) -> bool:
    """Whether a value fits a schema."""
    from jsonschema_rs import Draft202012Validator

    return bool(Draft202012Validator(dict(schema), offline=True, validate_formats=True).is_valid(value))


def sample(schema: Any, root: Schema) -> Any:
    """Something that fits, mostly; whoever asks tries it."""
    schema = resolved(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return sample({**{k: v for k, v in schema.items() if k != key}, **resolved(schema[key][0], root)}, root)
    return _of_type(schema, root)


def _of_type(schema: Schema, root: Schema) -> Any:
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) and kind else kind:
        case "string":
            return _text(schema)
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return False
        case "null":
            return None
        case "array":
            first = [sample(item, root) for item in schema.get("prefixItems", ())]
            more = max(0, schema.get("minItems", 0) - len(first))
            return [*first, *(sample(schema.get("items", {}), root) for _ in range(more))]
        case "object":
            fields = schema.get("properties", {})
            return {name: sample(fields.get(name, {}), root) for name in schema.get("required", ())}
    return _of_type({**schema, "type": "object"}, root) if "properties" in schema else "x"


def _text(schema: Schema) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[str(schema["format"])]
    least = max(int(schema.get("minLength", 1)), 1)
    return "x" * min(least, int(schema.get("maxLength", least)))


def _number(schema: Schema) -> int | float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    step = schema.get("multipleOf", 1)
    if "exclusiveMinimum" in schema:
        least += step if schema.get("type") == "integer" else min(step, 0.5)
    most = schema.get("maximum", schema.get("exclusiveMaximum", math.inf))
    found: int | float = math.ceil(least / step) * step
    return found if found <= most else least


def _edge(schema: Any, root: Schema) -> Iterator[Any]:
    schema = resolved(schema, root)
    yield from schema.get("enum", ())
    yield from (schema[key] for key in ("minimum", "maximum") if key in schema)
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        yield from EDGES.get(str(kind), ())


def resolved(schema: Any, root: Schema) -> Schema:
    """A schema with what it refers to in its place."""
    if not isinstance(schema, Mapping):
        return {}
    found: Schema = schema
    for _ in range(10):
        if "$ref" not in found:
            break
        target: Any = root
        for part in str(found["$ref"]).removeprefix("#/").split("/"):
            target = target.get(part, {}) if isinstance(target, Mapping) else {}
        found = target
    return found
