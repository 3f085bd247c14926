"""Safe mode: only the plugins that came with toolpost start, whatever else is enabled."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace

from toolpost.config.load import Config
from toolpost.plugins.find import installed

VARIABLE = "TOOLPOST_SAFE_MODE"
OFF = ("", "0", "false", "no", "off")
REASON = "safe mode starts only what came with toolpost"

log = logging.getLogger("toolpost.plugins")


def in_safe_mode(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `--safe-mode` was given, or its variable is set."""
    return environ.get(VARIABLE, "").strip().lower() not in OFF


def set_aside(config: Config) -> tuple[Config, dict[str, str]]:
    """A configuration whose other plugins are disabled, and the reason for each of them.

    That also goes for those that are required: the operator asked for it, and is told.
    """
    if not in_safe_mode():
        return config, {}
    found = installed()
    others = [
        table.name for table in config.enabled if not any(claim.is_bundled for claim in found.get(table.name, []))
    ]
    rest = {
        name: replace(table, enabled=False, required=False) if name in others else table
        for name, table in config.plugins.items()
    }
    log.warning("safe mode: these plugins do not start: %s", ", ".join(others) or "none was enabled")
    return replace(config, plugins=rest), dict.fromkeys(others, REASON)
