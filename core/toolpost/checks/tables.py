"""Whether the tables within a setting refuse keys that they do not know: found out by trying."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from toolpost.checks.samples import resolved, sample

UNKNOWN = "no_such_key_"
DEEPEST = 8


class Table(dict[str, Any]):
    """A table whose keys the type names, unlike a mapping of any keys."""

    title = ""


def loose(adapter: TypeAdapter[Any]) -> str:
    """What the first table is called that takes an unknown key; empty if none does, or none could be tried."""
    schema = adapter.json_schema()
    whole = _whole(schema, schema)
    if not _takes(adapter, whole):
        return ""
    for table in _tables(whole):
        table[UNKNOWN] = 1
        if _takes(adapter, whole):
            return table.title
        del table[UNKNOWN]
    return ""


def _whole(schema: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """A value with everything in it that there may be, and one item of each list."""
    schema = resolved(schema, root)
    choices = [one for key in ("anyOf", "oneOf") for one in schema.get(key, ()) if one.get("type") != "null"]
    if choices:
        return _whole(choices[0], root, depth)
    if "properties" in schema and depth < DEEPEST:
        table = Table({name: _whole(field, root, depth + 1) for name, field in schema["properties"].items()})
        table.title = str(schema.get("title", "it"))
        return table
    if schema.get("type") == "array" and "items" in schema and depth < DEEPEST:
        return [_whole(schema["items"], root, depth + 1)]
    if isinstance(schema.get("additionalProperties"), Mapping) and depth < DEEPEST:
        return {"x": _whole(schema["additionalProperties"], root, depth + 1)}
    return sample(schema, root)


def _tables(value: Any) -> Iterator[Table]:
    if isinstance(value, Table):
        yield value
    for item in list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _tables(item)


def _takes(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_json(json.dumps(value))
    except (ValidationError, ValueError, TypeError):
        return False
    return True
