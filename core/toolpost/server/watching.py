"""Clients of the handshake era hear of changes on their session: of lists always, of the resources that they watch."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import TaskGroup
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, EmptyResult, SubscribeRequestParams, UnsubscribeRequestParams

from toolpost.changes import Change, Subscription
from toolpost.crash import account
from toolpost.host import Host
from toolpost.server.callers import principal_of
from toolpost.server.connections import Session, connection_of, session_of

log = logging.getLogger("toolpost")
Request = ServerRequestContext[Any, Any]

# So many resources are watched by each client.
WATCHED = 1000
# MCP up to 2025-11-25, resources, error handling.
RESOURCE_NOT_FOUND = -32002


class Watching:
    """Tells sessions what changed, while `running` is open."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._tasks: TaskGroup | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sessions that begin within the block are told."""
        async with anyio.create_task_group() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                tasks.cancel_scope.cancel()

    async def initialized(self, ctx: Request, params: Any) -> None:
        """A session has begun."""
        session, connection = session_of(ctx), connection_of(ctx)
        if self._tasks is None or session.is_told:
            return
        session.is_told = True
        # From here on, and not from when the task begins: a call that follows may be changing something.
        changes = connection.exit_stack.enter_context(self._host.changes.subscribed())
        scope = anyio.CancelScope()
        connection.exit_stack.callback(scope.cancel)
        self._tasks.start_soon(self._tell, connection, session, changes, scope)

    async def subscribe(self, ctx: Request, params: SubscribeRequestParams) -> EmptyResult:
        """A session watches a resource."""
        uri, watched = str(params.uri), session_of(ctx).watched
        if not has_resource(self._host, uri, principal_of(ctx)):
            raise MCPError(RESOURCE_NOT_FOUND, f"unknown resource {uri[:64]!r}", {"uri": uri})
        if len(watched) >= WATCHED and uri not in watched:
            raise MCPError(INVALID_PARAMS, f"a client may watch {WATCHED} resources; unsubscribe from others first")
        watched.add(uri)
        return EmptyResult()

    async def unsubscribe(self, ctx: Request, params: UnsubscribeRequestParams) -> EmptyResult:
        """A session watches a resource no longer."""
        session_of(ctx).watched.discard(str(params.uri))
        return EmptyResult()

    async def _tell(
        self, connection: Connection, session: Session, changes: Subscription, scope: anyio.CancelScope
    ) -> None:
        """Tell one session, on a task of its own: one that reads slowly holds up no other."""
        try:
            with scope:
                async for change in changes:
                    if change.kind != "resource" or change.uri in session.watched:
                        await connection.notify(*_notification(change))
        except Exception as error:
            log.error("a client cannot be told of changes\n%s", "\n".join(account(error)))


def has_resource(host: Host, uri: str, principal: str) -> bool:
    """Whether a caller has a resource of this address."""
    return any(resource.match(uri) is not None for resource in host.resources_of(principal))


def _notification(change: Change) -> tuple[str, dict[str, Any] | None]:
    if change.kind == "resource":
        return "notifications/resources/updated", {"uri": change.uri}
    return f"notifications/{change.kind}/list_changed", None
