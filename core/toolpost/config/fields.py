"""Settings as the fields of a dataclass: which keys there are, and whether a value fits."""

from __future__ import annotations

import dataclasses
import difflib
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_type_hints

from toolpost.errors import ConfigError

PLAIN = (str, int, float, bool)


@dataclass(frozen=True)
class Setting:
    """A value, where it was set, and the names of the variables that are in it."""

    value: Any
    origin: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A table in a file, which can say where it and its keys stand."""

    path: Path
    text: str
    table: tuple[str, ...]

    def at(self, key: str | None = None) -> str:
        """`file:line: [table] key`, with as much of it as is known."""
        line = _line(self.text, self.table, key)
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
            raise ConfigError(f"{setting.origin}: unknown key {key!r}; {nearest(key, hints)}")
    for field in dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ():
        missing = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if missing and field.name in hints and field.name not in settings:
            raise ConfigError(f"{source.at()}: key {field.name!r} is required, and missing")
    return {key: _checked(setting, hints[key]) for key, setting in settings.items()}


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
        own = {name: hint for name, hint in vars(base).get("__annotations__", {}).items() if name in wanted}
        module = vars(sys.modules[base.__module__])
        hints |= get_type_hints(SimpleNamespace(__annotations__=own), globalns=module, include_extras=True)
    return hints


def nearest(word: str, known: Iterable[str]) -> str:
    """The way out after a wrong name."""
    allowed = list(known)
    near = difflib.get_close_matches(word, allowed, 1)
    return f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(allowed) or 'none'}"


def _checked(setting: Setting, hint: Any) -> Any:
    if hint in PLAIN and type(setting.value) is hint:
        return setting.value
    # Making validators takes a while, and most settings are plain.
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(hint).validate_python(setting.value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        inner = ".".join(map(str, found["loc"]))
        message = f"{inner}: {found['msg']}" if inner else found["msg"]
        raise ConfigError(f"{setting.origin}: {message[:1].lower()}{message[1:]}") from None


def _line(text: str, table: tuple[str, ...], key: str | None) -> int | None:
    """The line of a key, else of its table: a search in the text, since TOML parsers keep no positions."""
    header = re.compile(r"\s*\[\s*" + r"\s*\.\s*".join(rf'"?{re.escape(part)}"?' for part in table) + r"\s*\]")
    entry = re.compile(rf'\s*\[*\s*"?{re.escape(key)}"?\s*[=.\]]') if key else None
    inside, found = not table, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("[") and table:
            inside = header.match(line) is not None
            found = found or (number if inside else None)
        if inside and entry is not None and entry.match(line):
            return number
    return found
