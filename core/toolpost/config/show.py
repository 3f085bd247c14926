"""A configuration as a person may see it: with origins, and without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from toolpost.config.fields import Setting
from toolpost.config.load import Config

SECRET = re.compile(r"key|token|secret|password|credential|auth", re.IGNORECASE)
HIDDEN = "(hidden)"


def settings_of(settings: Mapping[str, Setting]) -> list[dict[str, Any]]:
    """Key, value and origin of each setting; what may be a secret is hidden."""
    return [
        # The table and the key stand beside it already.
        {"key": key, "value": _visible(key, setting.value), "origin": setting.origin.partition(": [")[0]}
        for key, setting in settings.items()
    ]


def whole(config: Config) -> dict[str, Any]:
    """All that is in effect, table by table."""
    return {
        "path": str(config.path),
        "server": vars(config.server),
        "tools": vars(config.tools),
        "plugins": {
            name: {"enabled": table.enabled, "required": table.required, "settings": settings_of(table.settings)}
            for name, table in config.plugins.items()
        },
    }


def _visible(key: str, value: Any) -> Any:
    if SECRET.search(key) and not isinstance(value, bool | int | float):
        return HIDDEN if value else value
    match value:
        case dict():
            return {inner: _visible(inner, item) for inner, item in value.items()}
        case list():
            return [_visible(key, item) for item in value]
        case _:
            return value
