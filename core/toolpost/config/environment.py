"""What the environment adds to a configuration: variables in values, and overrides of keys."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.config.fields import Setting
from toolpost.config.locate import shipped_file
from toolpost.config.tables import TABLES
from toolpost.errors import ConfigError
from toolpost.nearest import did_you_mean

PREFIX = "TOOLPOST__"
REFERENCE = re.compile(r"\$\$|\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|\$\{")


@dataclass(frozen=True)
class Variables:
    """Environment variables, with those of a `.env` file below them.

    Where they are `lenient`, a reference to a variable that is not set stays
    as it is: to look at a configuration, not to run it.
    """

    values: Mapping[str, str]
    lenient: bool = False

    @classmethod
    def of(cls, environ: Mapping[str, str], folder: Path, *, lenient: bool = False) -> Variables:
        """The environment, and the first `.env` that `dotenv_file` finds."""
        path = dotenv_file(folder)
        return cls({**_dotenv(path), **environ} if path else environ, lenient)

    def fill(self, value: Any, where: str) -> Any:
        """A value with each `${NAME}` and `${NAME:-default}` in it replaced; `$$` is a dollar sign."""
        match value:
            case str():
                return REFERENCE.sub(lambda found: self._one(found, where), value) if "$" in value else value
            case list():
                return [self.fill(item, where) for item in value]
            case dict():
                return {key: self.fill(item, where) for key, item in value.items()}
            case _:
                return value

    def names(self, value: Any) -> tuple[str, ...]:
        """The variables that a value refers to."""
        return tuple(found["name"] for found in REFERENCE.finditer(str(value)) if found["name"])

    def _one(self, found: re.Match[str], where: str) -> str:
        name = found["name"]
        if name is None and found[0] == "$$":
            return "$"
        if name is None:
            raise ConfigError(f"{where}: a variable is written ${{NAME}} or ${{NAME:-default}}, a dollar sign $$")
        value = self.values.get(name) or found["default"]
        if value is None and self.lenient:
            return found[0]
        if value is None:
            raise ConfigError(
                f"{where}: variable {name} is not set; export it, put it into .env, "
                f"or give a default with ${{{name}:-…}}"
            )
        return value


def dotenv_file(folder: Path) -> Path | None:
    """The `.env` of the working directory, else beside the configuration, else beside the shipped one.

    The last is that of a checkout, which must still count when the
    configuration has moved to the user's folder.
    """
    places = (Path(".env"), folder / ".env", shipped_file().parent / ".env")
    return next((path for path in places if path.is_file()), None)


def overrides(variables: Variables, plugins: Mapping[str, Any]) -> dict[str, dict[str, Setting]]:
    """Settings by table from variables such as `TOOLPOST__CHAT__MODEL` or `TOOLPOST__SERVER__GRACE`.

    A value that reads as TOML is that (`3`, `true`, `["a"]`), any other is a string.
    """
    tables = {name.upper().replace("-", "_"): name for name in (*TABLES, *plugins)}
    found: dict[str, dict[str, Setting]] = {}
    for variable, raw in variables.values.items():
        if not variable.startswith(PREFIX):
            continue
        table, _, key = variable.removeprefix(PREFIX).partition("__")
        if table not in tables or not key:
            near = did_you_mean(table.lower(), tables.values())
            raise ConfigError(
                f"{variable}: there is no table {table.lower()!r} for it; {near}; it is written {PREFIX}TABLE__KEY"
            )
        found.setdefault(tables[table], {})[key.lower()] = Setting(_value(raw), variable, (variable,), raw)
    return found


def _value(raw: str) -> Any:
    try:
        match tomllib.loads(f"value = {raw}"):
            case {"value": value, **rest} if not rest:
                return value
    except (ValueError, RecursionError):
        pass
    return raw


def _dotenv(path: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    try:
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.absolute()}: cannot be read: {error}") from None
