"""Who sent a request: whom the edge of HTTP found, else whoever started this process."""

from __future__ import annotations

from typing import Any, Protocol

from mcp.server.context import ServerRequestContext

# Where the edge puts whom it found, in the ASGI scope of the request.
CALLER = "toolpost.caller"


class Caller(Protocol):
    """A principal, and what it may do."""

    @property
    def principal(self) -> str: ...
    @property
    def scopes(self) -> frozenset[str]: ...


def caller_of(ctx: ServerRequestContext[Any, Any]) -> Caller | None:
    """Whom the edge found; None where there is no edge, as over pipes."""
    if ctx.request is None:
        return None
    found: Caller | None = ctx.request.scope.get(CALLER)
    return found


def principal_of(ctx: ServerRequestContext[Any, Any]) -> str:
    """By what name layers know whoever sent a request."""
    caller = caller_of(ctx)
    return caller.principal if caller else "local"
