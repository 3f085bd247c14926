"""What ails plugins in the servers that run for this person now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from toolpost.folders import Folders
from toolpost.plugins.ailing import Ailing, is_any, told

if TYPE_CHECKING:
    from toolpost.reload.running import Running


def ailments(folders: Folders) -> Iterator[tuple[Ailing, str]]:
    """Each plugin that a running server cannot call, with a sentence on that."""
    if not is_any(folders):
        return
    # Only here: what reloads imports all that serves, and a list of plugins must come at once.
    from toolpost.reload.running import running

    for server in running(folders):
        for one in told(folders, server.pid):
            yield one, _sentence(one, server)


def _sentence(one: Ailing, server: Running) -> str:
    by = f"{one.state} in a running toolpost (pid {server.pid})"
    if one.state == "paused":
        over = time.strftime("%H:%M:%S", time.localtime(one.until))
        until = f"until {over}" if one.until > time.time() else "until one call shows that it works"
        return f"{by} {until}: {one.why}"
    return f"{by}: {one.why}" if one.why else by
