"""What a server of the SDK says about changes, said to toolpost's clients."""

from __future__ import annotations

from collections.abc import Callable

from mcp.server.subscriptions import ServerEvent
from mcp.shared.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated, ToolsListChanged

from toolpost.changes import Changes


class Retold:
    """The SDK's bus of subscriptions: whoever listens here, listens to toolpost."""

    def __init__(self, changes: Changes | None, plugin: object) -> None:
        self._changes = changes
        self._plugin = plugin

    async def publish(self, event: ServerEvent) -> None:
        """Pass an event on; without the service `Changes` nobody is told."""
        if self._changes is None:
            return
        match event:
            case ToolsListChanged():
                await self._changes.tools(self._plugin)
            case PromptsListChanged():
                await self._changes.prompts(self._plugin)
            case ResourcesListChanged():
                await self._changes.resources(self._plugin)
            case ResourceUpdated(uri=uri):
                await self._changes.updated(uri)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Nobody listens to the server itself, which no client reaches."""
        return lambda: None
