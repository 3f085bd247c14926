"""The host as a server of the SDK's own kind: for clients in memory, and for what mounts it."""

from __future__ import annotations

from typing import Any

from mcp.server.lowlevel.server import Server

from toolpost import __version__
from toolpost.deferred import watch
from toolpost.host import Host
from toolpost.server.handlers import Handlers
from toolpost.server.offer import HINTS, NAME, is_traced

watch("mcp")


def mcp_server(host: Host) -> Server[Any]:
    """An SDK server that offers what the host has, in both eras."""
    handlers = Handlers(host)
    server: Server[Any] = Server(
        NAME,
        version=__version__,
        # Without it the SDK runs the whole `tools/list` before each call that brings headers.
        get_tool_input_schema=handlers.schema,
        cache_hints=HINTS,
    )
    for method, (params, handler) in handlers.requests().items():
        server.add_request_handler(method, params, handler)
    server.extensions.update(handlers.extensions)
    if not is_traced():
        server.middleware.clear()
    server.middleware += handlers.middleware(server.server_info_stamp)
    return server
