"""The settings of a plugin's class, as a manifest says them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from toolpost.config.fields import field_types
from toolpost.config.secrets import HIDDEN, SECRET


def settings_of(cls: type, given: Collection[str]) -> Iterator[dict[str, Any]]:
    """Name, type, default and doc of each field that is not among those which the host fills."""
    fields = {field.name: field for field in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    for name, hint in field_types(cls).items():
        # A clock that tests replace is no setting: no file can hold it.
        if name not in given and not _type(hint).startswith("Callable"):
            yield {"name": name, "type": _type(hint), **_default(fields[name], name, hint), "doc": _doc(hint)}


def _default(field: dataclasses.Field[Any], name: str, hint: Any) -> dict[str, Any]:
    made = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    if made is dataclasses.MISSING:
        return {"required": True}
    if made and ((SECRET.search(name) and isinstance(made, str)) or "Secret" in _type(hint)):
        return {"default": HIDDEN}
    return {"default": _plain(made)}


def _plain(value: Any) -> Any:
    """A default as JSON; what JSON has no form for says only what it is, since its own words may differ each time."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted((_plain(item) for item in value), key=str)
        case PurePath():
            return str(value)
        case _:
            return type(value).__name__


def _type(hint: Any) -> str:
    """An annotation without what only a validator reads."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _type(inner[0])
    if origin in (Union, UnionType):
        return " | ".join(map(_type, inner))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inner))}]"
    if hint is None or hint is NoneType:
        return "None"
    name = str(getattr(origin or hint, "__name__", hint))
    return f"{name}[{', '.join('...' if one is ... else _type(one) for one in inner)}]" if inner else name


def _doc(hint: Any) -> str:
    described = (getattr(item, "description", None) for item in getattr(hint, "__metadata__", ()))
    return next((text for text in described if isinstance(text, str)), "")
