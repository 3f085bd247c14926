"""All servers: those of the configuration, and those of the files that it names."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from toolpost_upstream.servers.server import Server
from toolpost_upstream.servers.settings import ServerSettings

log = logging.getLogger("toolpost.upstream")


def gather(
    settings: Mapping[str, ServerSettings], files: Iterable[str], configuration: Path | None = None
) -> list[Server]:
    """All servers, those that are switched off among them; what is wrong in a file is logged.

    Of two that have a name the first counts, and the configuration is before
    files. `configuration` is the file beside which a `.env` may lie.
    """
    files = list(files)
    if not files:
        return own(settings)
    # What reads other programs' files takes a while to import, and most have none.
    from toolpost_upstream.servers.foreign import gathered

    found = gathered(settings, files, configuration)
    for note in found.notes:
        log.warning("%s", note)
    return list(found.servers)


def own(settings: Mapping[str, ServerSettings]) -> list[Server]:
    """The servers of the configuration."""
    return [one.server(name, f"[plugins.upstream.servers.{name}]") for name, one in settings.items()]
