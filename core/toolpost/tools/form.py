"""A question's form: the flat schema that clients can show, made from a type or taken as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema

from toolpost.errors import InvalidArguments

Answer = TypeVar("Answer")
CONFIRM = "confirm"


class Form(Generic[Answer]):
    """The form for an `answer` type; a bare `bool` becomes one field named `confirm`.

    Forms are flat (MCP 2025-06-18, elicitation): fields are strings, numbers,
    booleans, enums or lists of those, with their defaults (SEP-1034). In
    place of a type there may be the schema itself.
    """

    def __init__(self, answer: type[Answer] | Mapping[str, Any]) -> None:
        self._bare = answer is bool
        self._adapter: TypeAdapter[Answer] | None = None if isinstance(answer, Mapping) else TypeAdapter(answer)
        if isinstance(answer, Mapping):
            self.schema = dict(answer)
        elif self._bare:
            self.schema = {"type": "object", "properties": {CONFIRM: {"type": "boolean"}}, "required": [CONFIRM]}
        else:
            self.schema = _flat(TypeAdapter(answer).json_schema())

    def read(self, given: Mapping[str, Any]) -> Answer:
        """The typed answer; what does not fit raises `InvalidArguments`."""
        if self._adapter is None:
            return self._checked(dict(given))
        try:
            if self._bare:
                # A yes is `true` alone, as the form says: not "true", and not 1.
                return self._adapter.validate_python(given.get(CONFIRM, False), strict=True)
            return self._adapter.validate_python(dict(given))
        except ValidationError as error:
            raise InvalidArguments(f"the answer does not fit its form: {error.errors()[0]['msg']}") from None

    def _checked(self, given: Any) -> Answer:
        from jsonschema_rs import Draft202012Validator

        if not Draft202012Validator(self.schema, offline=True).is_valid(given):
            raise InvalidArguments("the answer does not fit its form")
        answer: Answer = given
        return answer


class Choices:
    """The values that a field may have, each with words for people (SEP-1330).

    ```python
    @dataclass
    class Order:
        size: Annotated[str, Choices({"s": "Small", "l": "Large"})] = "s"
        extras: list[Annotated[str, Choices({"milk": "Milk", "nuts": "Nuts"})]] = field(default_factory=list)
    ```
    """

    def __init__(self, titles: Mapping[str, str]) -> None:
        self.titles = titles

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(self.titles))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "oneOf": [{"const": value, "title": title} for value, title in self.titles.items()]}


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    nested = schema.pop("$defs", {})
    fields = schema.get("properties", {})
    for name, field in fields.items():
        fields[name] = _choosable(_field(field, nested, name))
    return schema


def _field(field: dict[str, Any], nested: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A field with what it refers to in its place."""
    target = nested.get(field.get("$ref", "").rpartition("/")[2])
    if target is None:
        return field
    if "enum" not in target:
        raise TypeError(f"a form is flat, and {name!r} is not a plain field")
    return {**target, **{key: value for key, value in field.items() if key != "$ref"}}


def _choosable(field: dict[str, Any]) -> dict[str, Any]:
    """A field as clients know it: a list is one of values to choose from, which are `anyOf` there."""
    items = field.get("items")
    if not isinstance(items, dict) or "oneOf" not in items:
        return field
    return {**field, "items": {"anyOf": items["oneOf"]}}
