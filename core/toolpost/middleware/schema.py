"""Raw JSON Schemas, compiled once, applied in bounded time, and never fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

from toolpost.errors import ToolError
from toolpost.middleware.unfolding import LIMIT, Unfolding
from toolpost.nearest import did_you_mean

DEPTH, NODES, FINDINGS = 64, 20_000, 20
# A pattern that the linear engine does not know (look-around) may step back so often and no further.
BACKTRACK = 20_000


class Checker:
    """A schema ready to use: called with a value it says what is wrong, by field.

    Raises:
        ToolError: the schema itself is broken, too large, or refers to another place.
    """

    def __init__(self, schema: Mapping[str, Any], tool: str) -> None:
        _bounded(schema, tool)
        self._known = list(schema.get("properties", ()))
        self._validator = _compile(dict(schema), tool)

    def __call__(self, value: Any) -> list[str]:
        if self._validator.is_valid(value):
            return []
        return [_line(error, self._known) for error in islice(self._validator.iter_errors(value), FINDINGS)]


def _compile(schema: dict[str, Any], tool: str) -> jsonschema_rs.Draft202012Validator:
    engines = (jsonschema_rs.RegexOptions(), jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK))
    failure: Exception | None = None
    for engine in engines:
        try:
            return jsonschema_rs.Draft202012Validator(schema, mask="the value", pattern_options=engine, offline=True)
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            failure = error
    raise ToolError(f"the schema of {tool} cannot be used: {str(failure).splitlines()[0][:200]}") from failure


def _bounded(schema: Mapping[str, Any], tool: str) -> None:
    """Refuse what would be slow to compile, before anything recursive sees it."""
    level: list[Any] = [schema]
    nodes = 0
    for _ in range(DEPTH):
        nodes += len(level)
        below = [
            item
            for value in level
            for item in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not below or nodes > NODES:
            break
        level = below
    if below:
        raise ToolError(f"the schema of {tool} is too large to use: over {NODES} nodes or {DEPTH} levels")
    if not Unfolding(schema).is_bounded:
        raise ToolError(f"the schema of {tool} cannot be used: its references unfold to over {LIMIT} schemas")


def _line(error: jsonschema_rs.ValidationError, known: Iterable[str]) -> str:
    """One finding, with what would be right: never with what was sent."""
    path = ".".join(map(str, error.instance_path))
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties(unexpected=names):
            near = [did_you_mean(name[:64], known) for name in names]
            return "; ".join(f"{name[:64]}: no such argument; {hint}" for name, hint in zip(names, near, strict=True))
        case jsonschema_rs.ValidationErrorKind.Required(property=name):
            return f"{path}{'.' * bool(path)}{name}: required, and missing"
        case _:
            return f"{path[:128] or 'arguments'}: {error.message[:300]}"
