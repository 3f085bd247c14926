"""Reads the catalogue: the files of this distribution, and one of the user's laid over them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from toolpost_openai.catalogue import Catalogue, Model
from toolpost_openai.images import AnySize, Drawing, Old
from toolpost_openai.prices import Price

OURS = ("catalogue.toml", "prices.toml")
LARGEST = 1_000_000


def read(extension: str = "") -> Catalogue:
    """The catalogue, with the file of that path laid over it.

    Raises:
        ValueError: the file cannot be read, or says something that a catalogue does not.
    """
    table: dict[str, Any] = {}
    for name in OURS:
        table |= tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"), parse_float=Decimal)
    if not extension:
        return _ours(table)
    path = Path(extension).expanduser()
    if not path.is_absolute():
        raise ValueError(f"catalogue: {extension!r} is relative; give the whole path, or one that begins with ~")
    return _check(_laid(table, _load(path)), path)


def _load(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"catalogue: {path} is larger than {LARGEST} bytes")
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise ValueError(f"catalogue: {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"catalogue: {path}: {error}") from error


def _laid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One table over another: tables within meet key by key, anything else takes the place of what was there."""
    both = dict(under)
    for key, value in over.items():
        known = both.get(key)
        both[key] = _laid(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both


def _ours(table: Mapping[str, Any]) -> Catalogue:
    """Our own files as they are: the tests check them, and pydantic takes 20 ms to learn their form."""
    return Catalogue(
        models={name: Model(name, **row) for name, row in table["models"].items()},
        aliases=table["aliases"],
        draws={name: _drawing(**row) for name, row in table["draws"].items()},
        old=Old(**table["old"]),
        prices={name: Price(**row) for name, row in table["prices"].items()},
    )


def _drawing(any_size: Mapping[str, Any] | None = None, **row: Any) -> Drawing:
    return Drawing(**row, any_size=AnySize(**any_size) if any_size else None)


def _check(table: dict[str, Any], path: Path) -> Catalogue:
    from pydantic import TypeAdapter, ValidationError

    try:
        catalogue = TypeAdapter(Catalogue).validate_python({**table, "models": _named(table["models"])})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"catalogue: {path}: {'.'.join(map(str, found['loc']))}: {found['msg']}") from None
    for model in catalogue.models.values():
        if model.draws and model.draws not in catalogue.draws:
            raise ValueError(f"catalogue: {path}: models.{model.name}: no rules [draws.{model.draws}]")
    return catalogue


def _named(rows: Any) -> Any:
    """The rows with their names in them; what is no row stays, to be found wrong."""
    if not isinstance(rows, dict):
        return rows
    return {name: {**row, "name": name} if isinstance(row, dict) else row for name, row in rows.items()}
