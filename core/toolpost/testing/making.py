"""A plugin made of its class, as the host makes it of a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from toolpost.config.fields import Setting, Source, keyword_arguments
from toolpost.plugins.needs import given_to


def made(
    name: str, cls: type, settings: Mapping[str, Any], others: Mapping[str, object], services: Iterable[object]
) -> object:
    """A plugin of a class, with these settings; it receives services and the other plugins by the types of fields.

    Raises:
        ConfigError: a key is no field, a value does not fit, or it needs a plugin that is not among the others.
    """
    provided = {kind: service for service in services for kind in type(service).__mro__[:-1]}
    classes = {**{other: type(plugin) for other, plugin in others.items()}, name: cls}
    given = given_to(name, classes, others, provided)
    table = {key: Setting(value, f"setting {key!r} of {name!r}") for key, value in settings.items()}
    checked = keyword_arguments(cls, table, Source(Path(f"settings of {name!r}"), "", ()), given)
    plugin: object = cls(**checked, **given)
    return plugin


def name_of(given: Any) -> str:
    """What a plugin is called that has no entry point: its class in lower case, or its function."""
    if isinstance(given, type):
        return given.__name__.lower()
    named: str = getattr(given, "__name__", type(given).__name__)
    return named.lower()
