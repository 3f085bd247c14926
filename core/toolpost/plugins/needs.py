"""What plugins need of the host and of each other, as the types of their fields say."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import get_protocol_members, is_protocol

from toolpost.config.fields import field_types
from toolpost.errors import ConfigError, PluginError
from toolpost.hookspecs import GROUP
from toolpost.plugins.find import installed


class Lacking(ConfigError):
    """A plugin needs another that is not there."""


def needs(name: str, classes: Mapping[str, type]) -> Iterator[str]:
    """The plugins that could stand in a plugin's fields."""
    for hint in field_types(classes[name]).values():
        yield from _suppliers(name, hint, classes)


def given_to(
    name: str, classes: Mapping[str, type], built: Mapping[str, object], services: Mapping[type, object]
) -> dict[str, object]:
    """What the host fills a plugin's fields with: services, and other plugins.

    Raises:
        ConfigError: it needs a plugin that is not enabled.
        PluginError: it needs a plugin that is broken.
    """
    given: dict[str, object] = {}
    for field, hint in field_types(classes[name]).items():
        wanted = _wanted(hint)
        if wanted is not None and wanted in services:
            given[field] = services[wanted]
        elif wanted is not None and _is_plugin(wanted):
            suppliers = _suppliers(name, hint, classes)
            standing = [built[supplier] for supplier in suppliers if supplier in built]
            if standing:
                given[field] = standing[0]
            elif _may_be_missing(classes[name], field, hint):
                given |= {field: None} if _takes_none(hint) else {}
            else:
                raise _missing(name, field, wanted, suppliers)
    return given


def _suppliers(name: str, hint: Any, classes: Mapping[str, type]) -> list[str]:
    """The plugins that can stand in a field of this type, in the order of the configuration."""
    wanted = _wanted(hint)
    if wanted is None or not _is_plugin(wanted):
        return []
    return [other for other, cls in classes.items() if other != name and _fits(cls, wanted)]


def _fits(cls: type, wanted: type) -> bool:
    if not is_protocol(wanted):
        return issubclass(cls, wanted)
    return all(hasattr(cls, member) or member in field_types(cls) for member in get_protocol_members(wanted))


def _is_plugin(wanted: type) -> bool:
    """Whether a class is a plugin's, or a protocol that plugins fulfil."""
    members = (member for base in wanted.__mro__ for member in vars(base).values())
    return is_protocol(wanted) or any(hasattr(member, f"{GROUP}_impl") for member in members)


def _wanted(hint: Any) -> type | None:
    """The class in a field's annotation, without `Annotated` and `| None`."""
    parts = [part for part in _parts(hint) if part is not type(None)]
    return parts[0] if len(parts) == 1 and isinstance(parts[0], type) else None


def _parts(hint: Any) -> list[Any]:
    if get_origin(hint) is Annotated:
        return _parts(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return [inner for part in get_args(hint) for inner in _parts(part)]
    return [hint]


def _takes_none(hint: Any) -> bool:
    return type(None) in _parts(hint)


def _may_be_missing(cls: type, name: str, hint: Any) -> bool:
    """Whether a field stays as it is, or takes None, where no plugin can fill it."""
    field = next(field for field in dataclasses.fields(cls) if field.name == name)
    has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    return has_default or _takes_none(hint)


def _missing(name: str, field: str, wanted: type, suppliers: list[str]) -> Exception:
    if suppliers:
        return PluginError(f"it needs plugin {suppliers[0]!r}, which is left out")
    rests = next((other for other, claims in installed().items() if _names(claims[0].entry_point.value, wanted)), None)
    if rests is None:
        return Lacking(f"plugin {name!r} needs one that is a {wanted.__name__} for {field!r}; enable such a plugin")
    return Lacking(
        f"plugin {name!r} needs plugin {rests!r}, which is not enabled; run `toolpost plugins enable {rests}`, "
        f"or disable {name!r}"
    )


def _names(entry_point: str, wanted: type) -> bool:
    """Whether an entry point is that of a class; a package may offer what a module in it defines."""
    module, _, attribute = (entry_point or "").partition(":")
    return attribute == wanted.__qualname__ and module.partition(".")[0] == wanted.__module__.partition(".")[0]
