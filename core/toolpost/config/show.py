"""A configuration as a person may see it: with origins, and without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any

from toolpost.config.fields import Setting
from toolpost.config.load import Config
from toolpost.config.secrets import visible
from toolpost.config.tables import TABLES

BARE_KEY = re.compile(r"[\w-]+", re.ASCII)


def settings_of(settings: Mapping[str, Setting], private: Collection[str] = ()) -> list[dict[str, Any]]:
    """Key, value and origin of each setting; what may be a secret is hidden."""
    return [
        # The table and the key stand beside it already.
        {"key": key, "value": visible(key, setting, private), "origin": setting.origin.partition(": [")[0]}
        for key, setting in settings.items()
    ]


def whole(config: Config, private: Callable[[str], Collection[str]]) -> dict[str, Any]:
    """All that is in effect, table by table; `private` says which fields of a plugin are secrets."""
    return {
        "path": str(config.path),
        **{name: _own(getattr(config, name)) for name in TABLES},
        "plugins": {
            name: {
                "enabled": table.enabled,
                "required": table.required,
                "settings": settings_of(table.settings, private(name)),
            }
            for name, table in config.plugins.items()
        },
    }


def _own(table: Any) -> dict[str, Any]:
    """One of the host's own tables; what is not set has no place in a file."""
    settings = {key: Setting(value, "") for key, value in asdict(table).items() if value is not None}
    return {key: visible(key, setting) for key, setting in settings.items()}


def toml(value: Any) -> str:
    """A value as it would stand in the file."""
    match value:
        case dict():
            entries = ", ".join(f"{_key(key)} = {toml(item)}" for key, item in value.items())
            return f"{{ {entries} }}" if entries else "{}"
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
