"""The plugin that a server of the SDK becomes."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from toolpost.changes import Changes
from toolpost.errors import PluginError
from toolpost.hookspecs import hookimpl
from toolpost.primitives import Prompt, Resource
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from toolpost.adopt.requests import Requests

SDK = "mcp."


@dataclass(eq=False)
class Adopted:
    """What a server of the SDK offers, as a plugin; a class of its own for each server."""

    changes: Changes | None = None

    server: ClassVar[MCPServer[Any]]

    def __post_init__(self) -> None:
        # The SDK takes half a second to import, and whoever has a server has imported it.
        from toolpost.adopt.requests import Requests
        from toolpost.adopt.retold import Retold

        self._requests: Requests = Requests(self.server, Retold(self.changes, self))

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        from toolpost.adopt.tools import tools

        return list(tools(self._requests))

    @hookimpl
    def resources(self) -> Iterable[Resource]:
        from toolpost.adopt.resources import resources

        return list(resources(self._requests))

    @hookimpl
    def prompts(self) -> Iterable[Prompt]:
        from toolpost.adopt.prompts import prompts

        return list(prompts(self._requests))

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        open_lifespan = self.server.settings.lifespan
        if open_lifespan is None:
            yield
            return
        async with open_lifespan(self.server) as state:
            self._requests.state = state
            yield


def adopt(server: MCPServer[Any], changes: Changes | None = None) -> Adopted:
    """A server of the SDK as a plugin, for a host or for the hooks of another plugin.

    With `changes`, what its tools say through `ctx.notify_tools_changed()`
    and the like reaches clients.

    Raises:
        PluginError: it guards calls in ways that would be lost here.
    """
    return plugin_class(server)(changes)


def class_of(loaded: object) -> object:
    """What an entry point names, as the host builds it: a class as it is, and that of a server of the SDK."""
    return plugin_class(cast("MCPServer[Any]", loaded)) if is_server(loaded) else loaded


def is_server(value: object) -> bool:
    """Whether something is a server of the SDK; nothing is imported to find out."""
    module = sys.modules.get("mcp.server.mcpserver")
    return module is not None and isinstance(value, module.MCPServer)


def plugin_class(server: MCPServer[Any]) -> type[Adopted]:
    """The plugin's class for a server, such as an entry point names; raises as `adopt`."""
    _refuse_guarded(server)
    words = server.description or server.instructions or f"What the MCP server {server.name} offers."
    # Annotations of the fields are looked up in the module that a class names.
    made = type(Adopted.__name__, (Adopted,), {"__doc__": words, "__module__": __name__, "server": server})
    return cast("type[Adopted]", made)


def _refuse_guarded(server: MCPServer[Any]) -> None:
    """Refuse what stands around a server's messages: toolpost calls its functions, and a guard would be passed by."""
    theirs = [layer for layer in server.middleware if not type(layer).__module__.startswith(SDK) and not _of_sdk(layer)]
    if theirs:
        raise PluginError(
            f"MCP server {server.name!r} has middleware of its own, which toolpost would pass by; "
            "make it a layer (the hook `middleware`), or run the server as a process of its own"
        )


def _of_sdk(layer: object) -> bool:
    return getattr(layer, "__module__", "").startswith(SDK)
