"""Tools that are not there for a moment: a plugin of parts says which of its parts, now down, would have one.

A plugin with a method `absent(name)` gives a sentence about the part, such as "upstream 'files' is down", or a pair
of that and the seconds after which it is worth to ask again; None where no part that is down has such names.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from toolpost.errors import Unavailable
from toolpost.plugins.broken import reason

if TYPE_CHECKING:
    from toolpost.plugins.registry import Registry

log = logging.getLogger("toolpost.plugins")


def absent(registry: Registry, name: str) -> Unavailable | None:
    """The error for a tool that somebody will have again; None where nobody says so."""
    for plugin, found in registry.plugins.items():
        says = getattr(found, "absent", None)
        if plugin in registry.broken or not callable(says):
            continue
        try:
            told = says(name)
            if told is not None:
                why, seconds = (told, None) if isinstance(told, str) else told
                text = f"tool {name[:64]!r} is not there now: {why}"
                return Unavailable(text, retry_after=None if seconds is None else float(seconds))
        except Exception as error:
            log.error("plugin %r does not say which tools it lacks: %s", plugin, reason(error))
    return None
