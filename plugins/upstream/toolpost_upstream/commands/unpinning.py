"""The pins of a server that is taken away: one of the same name would not be the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from toolpost.kit import pins_of
from toolpost_upstream.offers.tools import prefix

if TYPE_CHECKING:
    from toolpost import Folders
    from toolpost_upstream.servers.server import Server

PLUGIN = "upstream"


def unpin(folders: Folders, server: Server, others: Iterable[Server]) -> int:
    """Drop the pins of a server's tools, those of `others` excepted; how many there were."""
    own = prefix(server)
    if not own:
        # Its tools have names like any other's; time drops their pins.
        return 0
    longer = tuple(f"{name}_" for name in map(prefix, others) if len(name) > len(own))
    return len(
        pins_of(folders).drop(
            lambda key: key[0] == PLUGIN and key[1].startswith(f"{own}_") and not key[1].startswith(longer)
        )
    )
