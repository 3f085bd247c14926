"""Where in the configuration a setting stands, to the table of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.config.items import line_of_item

if TYPE_CHECKING:
    from toolpost.config.load import PluginTable

DEFAULT = "default"


def place_of(table: PluginTable, path: tuple[str | int, ...]) -> str:
    """`file:line` of a plugin's setting, such as `("rules", 1)`; what else set it; or "default"."""
    match path:
        case (str(key), int(index)) if key in table.settings:
            origin = table.settings[key].origin
            line = line_of_item(table.source.text, (*table.source.table, key), index)
            # A variable of the environment may have set it.
            in_file = line is not None and origin.startswith(f"{table.source.path}:")
            return f"{table.source.path}:{line}" if in_file else origin.partition(": [")[0]
        case (str(key), *_) if key in table.settings:
            return table.settings[key].origin.partition(": [")[0]
        case _:
            return DEFAULT
