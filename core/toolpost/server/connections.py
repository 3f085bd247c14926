"""What is remembered of a client's connection, from its handshake to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext

if TYPE_CHECKING:
    from toolpost.tools.peer import Level

KEY = "toolpost"


class Session:
    """A connection of the handshake era: which log lines it wants, and which resources it watches.

    What a client gets before it says so by `logging/setLevel`, the
    specification leaves to us: all but what is for debugging.
    """

    def __init__(self) -> None:
        self.level: Level = "info"
        self.watched: set[str] = set()
        self.is_told = False


def connection_of(ctx: ServerRequestContext[Any, Any]) -> Connection:
    """The connection that a request came over."""
    # The SDK shows it to a context of its own that it does not make yet (`mcp.server.context.Context`).
    return ctx.session._connection


def session_of(ctx: ServerRequestContext[Any, Any]) -> Session:
    """What is remembered of the connection that a request came over."""
    found: Session = connection_of(ctx).state.setdefault(KEY, Session())
    return found
