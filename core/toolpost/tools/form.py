"""A question's form: the flat schema that clients can show, made from a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from toolpost.errors import InvalidArguments

Answer = TypeVar("Answer")
CONFIRM = "confirm"


class Form(Generic[Answer]):
    """The form for an `answer` type; a bare `bool` becomes one field named `confirm`.

    Forms are flat (MCP 2025-06-18, elicitation): fields are strings, numbers,
    booleans, enums or lists of those.
    """

    def __init__(self, answer: type[Answer]) -> None:
        self._adapter: TypeAdapter[Answer] = TypeAdapter(answer)
        self._bare = answer is bool
        self.schema = self._bool_schema() if self._bare else self._flat(self._adapter.json_schema())

    def read(self, given: Mapping[str, Any]) -> Answer:
        """The typed answer; what does not fit raises `InvalidArguments`."""
        try:
            return self._adapter.validate_python(given.get(CONFIRM, False) if self._bare else dict(given))
        except ValidationError as error:
            raise InvalidArguments(f"the answer does not fit its form: {error.errors()[0]['msg']}") from None

    @staticmethod
    def _bool_schema() -> dict[str, Any]:
        return {"type": "object", "properties": {CONFIRM: {"type": "boolean"}}, "required": [CONFIRM]}

    @staticmethod
    def _flat(schema: dict[str, Any]) -> dict[str, Any]:
        nested = schema.pop("$defs", {})
        for name, field in schema.get("properties", {}).items():
            target = nested.get(field.get("$ref", "").rpartition("/")[2])
            if target is not None and "enum" in target:
                schema["properties"][name] = {**target, **{k: v for k, v in field.items() if k != "$ref"}}
            elif target is not None:
                raise TypeError(f"a form is flat, and {name!r} is not a plain field")
        return schema
