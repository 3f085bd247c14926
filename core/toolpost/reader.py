"""Reading the host's own resources: a service for plugins, received by naming `Reader`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.errors import Unavailable
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context

if TYPE_CHECKING:
    from toolpost.host import Host


class Reader:
    """Reads a resource of any plugin, through the same layers as every caller.

    Plugins are built before the host is, so it is bound afterwards.
    """

    def __init__(self) -> None:
        self._host: Host | None = None

    def bind(self, host: Host) -> None:
        """From now on, read from this host; the first one stays, whatever it becomes."""
        self._host = self._host or host

    async def read(self, uri: str, context: Context | None = None) -> ToolResult:
        """What a resource holds.

        Raises:
            UnknownTool: no plugin has a resource of that URI.
        """
        if self._host is None:
            raise Unavailable("resources can be read once the host stands")
        _, result = await self._host.read(uri, context)
        return result
