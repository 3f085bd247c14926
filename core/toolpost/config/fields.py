"""Settings as the fields of a dataclass: which keys there are, and whether a value fits."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic_core import to_json

from toolpost.config.items import line_of_item
from toolpost.config.lines import line_of
from toolpost.errors import ConfigError
from toolpost.nearest import did_you_mean

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError
    from pydantic_core import ErrorDetails

PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class Setting:
    """A value, where it was set, and the names of the variables that are in it.

    `text` is the value as it stands in the environment, if it is from there.
    """

    value: Any
    origin: str
    variables: tuple[str, ...] = ()
    text: str | None = None


@dataclass(frozen=True)
class Source:
    """A table in a file, which can say where it and its keys stand."""

    path: Path
    text: str
    table: tuple[str, ...]

    def at(self, key: str | None = None) -> str:
        """`file:line: [table] key`, with as much of it as is known."""
        line = line_of(self.text, (*self.table, key) if key else self.table)
        place = f"{self.path}:{line}" if line else str(self.path)
        return " ".join(part for part in (f"{place}:", f"[{'.'.join(self.table)}]" * bool(self.table), key) if part)


def keyword_arguments(
    cls: type, settings: Mapping[str, Setting], source: Source, injected: Collection[str] = ()
) -> dict[str, Any]:
    """The checked values of a table for the fields of a dataclass, but for those that the host fills.

    Raises:
        ConfigError: a key is no field, or its value does not fit the field's type.
    """
    hints = {name: hint for name, hint in field_types(cls).items() if name not in injected}
    for key, setting in settings.items():
        if key not in hints:
            raise ConfigError(f"{setting.origin}: unknown key {key!r}; {did_you_mean(key, hints)}")
    for field in dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ():
        missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if missing and field.name in hints and field.name not in settings:
            raise ConfigError(f"{source.at()}: key {field.name!r} is required, and missing; add it to this table")
    return {key: _checked(setting, hints[key], source, key) for key, setting in settings.items()}


@lru_cache
def field_types(cls: type) -> Mapping[str, Any]:
    """The settings of a class by name: the dataclass fields that it is built with, and their types.

    Only those: a private field may name types that exist for type checkers alone.
    """
    if not dataclasses.is_dataclass(cls):
        return {}
    wanted = {field.name for field in dataclasses.fields(cls) if field.init}
    hints: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        own = {name: hint for name, hint in inspect.get_annotations(base).items() if name in wanted}
        module = vars(sys.modules[base.__module__])
        hints |= get_type_hints(SimpleNamespace(__annotations__=own), globalns=module, include_extras=True)
    return hints


def first_finding(error: ValidationError) -> str:
    """What pydantic says is wrong first: where, and what is expected, never what was given."""
    found = error.errors(include_url=False, include_input=False)[0]
    where = [str(part) for part in found["loc"]]
    if where[-1:] == ["[key]"]:
        where.pop()
        return f"{'.'.join(where)}: no name like this is possible here; {_expected(found)}"
    return ".".join(where) + ": " + _expected(found) if where else _expected(found)


def _expected(found: ErrorDetails) -> str:
    """What is expected, in words that do not speak of pydantic."""
    match found["type"]:
        case "value_error" | "assertion_error":
            return found["msg"].partition(", ")[2]
        case "string_pattern_mismatch":
            return f"it must fit the pattern {found['ctx']['pattern']}"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return "this key is unknown here; take it out"
        case _:
            return f"{found['msg'][:1].lower()}{found['msg'][1:]}"


def _checked(setting: Setting, hint: Any, source: Source, key: str) -> Any:
    if hint in PLAIN and type(setting.value) is hint:
        return setting.value
    # Making validators takes a while, and most settings are plain.
    from pydantic import TypeAdapter, ValidationError

    try:
        return _fitting(TypeAdapter(hint), setting)
    except ValidationError as error:
        raise ConfigError(f"{_place(setting, source, key, error)}: {first_finding(error)}") from None


def _place(setting: Setting, source: Source, key: str, error: ValidationError) -> str:
    """Where the first finding is; of a list of tables, the line of that table."""
    index = next(iter(error.errors(include_url=False, include_input=False)[0]["loc"]), None)
    line = line_of_item(source.text, (*source.table, key), index) if isinstance(index, int) else None
    if line is None or setting.origin != source.at(key):
        return setting.origin
    return f"{source.path}:{line}: [{'.'.join(source.table)}] {key}"


def _fitting(adapter: TypeAdapter[Any], setting: Setting) -> Any:
    """The value as the field wants it; a file says `true` where it means true, the environment has only texts."""
    from pydantic import ValidationError

    if not setting.variables:
        return adapter.validate_json(to_json(setting.value, inf_nan_mode="constants"), strict=True)
    if setting.text is not None and setting.text != setting.value:
        with suppress(ValidationError):
            return adapter.validate_python(setting.value)
        with suppress(ValidationError):
            return adapter.validate_python(setting.text)
    return adapter.validate_python(setting.value)
