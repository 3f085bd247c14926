"""From a name in the configuration to the class that an installed distribution has for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from toolpost.adopt import class_of
from toolpost.config.fields import field_types
from toolpost.config.load import PluginTable
from toolpost.errors import ConfigError, PluginError
from toolpost.nearest import did_you_mean
from toolpost.plugins.find import Found
from toolpost.plugins.patience import bounded
from toolpost.plugins.requirements import conflict

log = logging.getLogger("toolpost.plugins")


def the_one(table: PluginTable, found: Mapping[str, list[Found]]) -> Found:
    """The distribution whose plugin it is.

    Raises:
        ConfigError: there is none.
        PluginError: there are several, none of which came with toolpost.
    """
    claims = found.get(table.name, [])
    if not claims:
        raise ConfigError(
            f"{table.source.at()}: plugin {table.name!r} is not installed; {did_you_mean(table.name, found)}; "
            f"install it, or set enabled = false"
        )
    if len(claims) > 1 and not claims[0].is_bundled:
        names = " and ".join(claim.distribution for claim in claims)
        raise PluginError(f"{names} both call a plugin so; uninstall one of them")
    for rival in claims[1:]:
        log.error(
            "plugin %r of %s is left out: %s has that name", table.name, rival.distribution, claims[0].distribution
        )
    return claims[0]


def load(found: Found, version: Callable[[str], str | None]) -> type:
    """The class that an entry point names.

    Raises:
        PluginError: it conflicts with what is installed, takes too long, or is no class; whatever its import raises.
    """
    if why := conflict(found.facts, version):
        raise PluginError(why)
    with bounded("its import"):
        cls = class_of(found.entry_point.load())
    if not isinstance(cls, type):
        raise PluginError(f"its entry point names {found.entry_point.value}, which is no class")
    field_types(cls)  # an annotation that names nothing is found here, and blamed on the right plugin
    return cls
