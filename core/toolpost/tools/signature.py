"""From a typed function to the JSON Schemas of its arguments and its answer, and back to typed values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Annotated, Any, Literal, NoReturn, NotRequired, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typing_extensions import TypedDict

from toolpost.errors import InvalidArguments, PluginError
from toolpost.nearest import did_you_mean
from toolpost.tools.call import ToolResult
from toolpost.tools.content import BLOCKS, OURS
from toolpost.tools.context import Context

JSONObject = dict[str, Any]
# So many wrong things are named to the caller; the same as for raw schemas.
FINDINGS = 20
ARGUMENT = re.compile(r"^\s{2,}\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s+(.+)$")


class Signature:
    """A function as models see it.

    `arguments` is the JSON Schema 2020-12 of its parameters, `context` the
    name of the parameter that takes the `Context`, if there is one.

    Raises:
        PluginError: a parameter has no annotation, or one that has no schema.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = getattr(function, "__name__", type(function).__name__)
        self.hints = _hints(function, self.name)
        self.description, described = _docstring(inspect.getdoc(function) or "")
        parameters = inspect.signature(function).parameters
        self.context = next((p for p in parameters if self.hints.get(p) is Context), None)
        fields = {p.name: self._field(p, described) for p in parameters.values() if p.name != self.context}
        self._adapter = self._adapt(fields)
        self.arguments = self._schema(parameters)

    def parse(self, arguments: Mapping[str, Any]) -> JSONObject:
        """Typed keyword arguments; what is wrong is named in the `InvalidArguments` raised, up to `FINDINGS`."""
        known = self.arguments["properties"]
        if len(arguments) - len(known) > FINDINGS:
            # pydantic would describe each, and a call of 4 MB has room for half a million.
            unknown = islice((name for name in arguments if name not in known), FINDINGS)
            lines = [_no_such(name, list(known)) for name in unknown]
            raise InvalidArguments("; ".join([*lines, "and more"]))
        try:
            typed: JSONObject = self._adapter.validate_python(arguments)
            return typed
        except ValidationError as error:
            self._explain(error)

    def _field(self, parameter: inspect.Parameter, described: Mapping[str, str]) -> Any:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise PluginError(f"tool {self.name!r}: parameter {parameter.name!r} cannot be passed by name")
        if parameter.name not in self.hints:
            raise PluginError(f"tool {self.name!r}: parameter {parameter.name!r} needs a type annotation")
        hint, default = self.hints[parameter.name], parameter.default
        if isinstance(default, FieldInfo):
            hint, default = Annotated[hint, default], default.default
        if parameter.name in described and not _has_description(hint):
            hint = Annotated[hint, Field(description=described[parameter.name])]
        required = default is inspect.Parameter.empty or default is PydanticUndefined
        return hint if required else NotRequired[hint]

    def _adapt(self, fields: JSONObject) -> TypeAdapter[JSONObject]:
        shape = with_config(ConfigDict(extra="forbid", allow_inf_nan=False))(TypedDict(self.name, fields))  # type: ignore[operator]  # made of a name, so mypy cannot see its fields
        try:
            return TypeAdapter(shape)
        except PydanticUserError as error:
            raise PluginError(f"tool {self.name!r}: {str(error).splitlines()[0]}") from error

    def _schema(self, parameters: Mapping[str, inspect.Parameter]) -> JSONObject:
        schema: JSONObject = _untitled(self._adapter.json_schema())
        for name, field in schema.setdefault("properties", {}).items():
            default = parameters[name].default
            if isinstance(default, FieldInfo):
                default = default.default
            if default not in (inspect.Parameter.empty, PydanticUndefined, None):
                field["default"] = TypeAdapter(self.hints[name]).dump_python(default, mode="json")
        return schema

    def _explain(self, error: ValidationError) -> NoReturn:
        known = list(self.arguments["properties"])
        found = error.errors(include_url=False, include_input=False)
        lines = [_line(item, known) for item in found[:FINDINGS]]
        if len(found) > FINDINGS:
            lines.append(f"and {len(found) - FINDINGS} more")
        raise InvalidArguments("; ".join(lines)) from None


class Answer:
    """The data that a function returns: its schema, and values checked and turned into JSON.

    MCP wants an object at the root up to 2025-11-25, so any other type is
    wrapped as `{"result": …}`. `holds_fields` says that a value may be an
    object of a class, which pydantic takes for what it says it is: only its
    JSON shows whether its fields hold what they promise.
    """

    def __init__(self, hint: Any) -> None:
        self._adapter: TypeAdapter[Any] = TypeAdapter(hint)
        schema = self._adapter.json_schema(mode="serialization")
        self.wrapped = schema.get("type") != "object" and "properties" not in schema
        self.holds_fields = not schema.keys().isdisjoint(("properties", "$defs"))
        self.schema = _untitled(_object(schema) if self.wrapped else schema)

    @classmethod
    def of(cls, hints: Mapping[str, Any]) -> Answer | None:
        """The answer that a return annotation describes; None where it is content or says nothing."""
        hint = hints.get("return", Any)
        return None if _is_content_type(hint) else cls(hint)

    def dump(self, value: Any) -> Any:
        """The JSON value, not wrapped; one that breaks the annotation raises pydantic's `ValidationError`."""
        checked = self._adapter.validate_python(value, from_attributes=True)
        # What pydantic warns of may fit the schema, as a tuple for a list does; the validation layer refuses the rest.
        return self._adapter.dump_python(checked, mode="json", by_alias=True, warnings=False)


def _hints(function: Callable[..., Any], name: str) -> JSONObject:
    target = function if inspect.isroutine(function) else type(function).__call__
    try:
        return get_type_hints(target, include_extras=True)
    except NameError as error:
        raise PluginError(f"tool {name!r}: {error}; annotations must name things its module has") from error


def _docstring(doc: str) -> tuple[str, dict[str, str]]:
    """The text for the model, and the lines of an `Args:` section by parameter."""
    text, _, section = doc.partition("\nArgs:\n")
    section, *rest = re.split(r"\n(?=\S)", section, maxsplit=1)
    described: dict[str, str] = {}
    for line in section.splitlines():
        if found := ARGUMENT.match(line):
            described[found[1]] = last = found[2].strip()
        elif described and line.strip():
            name, last = next(reversed(described.items()))
            described[name] = f"{last} {line.strip()}"
    return "\n\n".join(part.strip() for part in (text, *rest) if part.strip()), described


def _has_description(hint: Any) -> bool:
    return get_origin(hint) is Annotated and any(
        isinstance(extra, FieldInfo) and extra.description for extra in get_args(hint)[1:]
    )


def _is_content_type(hint: Any) -> bool:
    """Whether an annotation promises content blocks, text or nothing: then there is no schema."""
    if hint in (Any, None, type(None), str, ToolResult, inspect.Parameter.empty, object):
        return True
    if get_origin(hint) is Annotated:
        return _is_content_type(get_args(hint)[0])
    if hint in (*BLOCKS, *OURS, list, tuple):
        return True
    arguments = [part for part in get_args(hint) if part not in (Ellipsis, type(None))]
    structured = get_origin(hint) in (dict, Literal) or not arguments
    return not structured and any(part is not str and _is_content_type(part) for part in arguments)


def _line(item: Any, known: list[str]) -> str:
    """One finding, with what would be right: never with what was sent."""
    path = ".".join(map(str, item["loc"])) or "arguments"
    if item["type"] == "extra_forbidden" and len(item["loc"]) == 1:
        return _no_such(path, known)
    if item["type"] == "missing":
        return f"{path}: required, and missing"
    return f"{path[:128]}: {item['msg'][:1].lower()}{item['msg'][1:]}"


def _no_such(name: str, known: list[str]) -> str:
    return f"{name[:64]}: no such argument; {did_you_mean(name[:64], known)}"


def _object(schema: JSONObject) -> JSONObject:
    definitions = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}
    return {"type": "object", "properties": {"result": schema}, "required": ["result"], **definitions}


def _untitled(schema: Any) -> Any:
    """Without the titles that pydantic makes of names: they tell a model nothing and cost it tokens."""
    if isinstance(schema, list):
        return [_untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    maps = ("properties", "$defs", "patternProperties")
    return {
        key: {name: _untitled(field) for name, field in value.items()} if key in maps else _untitled(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
