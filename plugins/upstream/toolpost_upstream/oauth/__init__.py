"""Logins to servers that want one (OAuth 2.1 as MCP has it), through the SDK's own client."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from toolpost_upstream.oauth.failures import LoginNeeded as LoginNeeded

if TYPE_CHECKING:
    import httpx2

    from toolpost import Store
    from toolpost_upstream.servers.server import Server


def auth_for(server: Server, store: Store) -> httpx2.Auth | None:
    """What signs the requests to a server; None where it wants no login.

    A request raises `LoginNeeded` where nobody has logged in, or no longer
    counts as logged in: it was not carried out.
    """
    if server.auth == "none":
        return None
    hush()
    from toolpost_upstream.oauth.keeping import Keeping
    from toolpost_upstream.oauth.machine import Machine
    from toolpost_upstream.oauth.person import Person

    kept = Keeping.of(server, store)
    return Machine(server, kept) if server.oauth.grant == "client_credentials" else Person(server, kept)


def hush() -> None:
    """The SDK logs whole answers of authorization servers, with the tokens in them: it is to log nothing."""
    logging.getLogger("mcp.client.auth").setLevel(logging.CRITICAL + 1)
