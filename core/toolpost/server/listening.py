"""`subscriptions/listen`: the stream on which a client of 2026-07-28 hears of changes."""

from __future__ import annotations

from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import (
    SUBSCRIPTION_ID_META_KEY,
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
    event_matches,
    event_to_notification,
)
from mcp_types import (
    INTERNAL_ERROR,
    SubscriptionFilter,
    SubscriptionsAcknowledgedNotification,
    SubscriptionsAcknowledgedNotificationParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
)

from toolpost.changes import Change, Subscription
from toolpost.host import Host
from toolpost.server.callers import principal_of
from toolpost.server.handlers import Handlers
from toolpost.server.tasks import tickets_of
from toolpost.server.watching import WATCHED, has_resource

# So many streams at once.
STREAMS = 1024
# What the tasks extension adds to the filter of a stream.
TASK_IDS = "taskIds"
LISTS: dict[str, ServerEvent] = {
    "tools": ToolsListChanged(),
    "resources": ResourcesListChanged(),
    "prompts": PromptsListChanged(),
}


class Listening:
    """All such streams of a host."""

    def __init__(self, host: Host, handlers: Handlers) -> None:
        self._host = host
        self._handlers = handlers
        self._streams: set[anyio.CancelScope] = set()

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Send what the client wants to hear of, until it leaves or `close` is called."""
        if len(self._streams) >= STREAMS:
            raise MCPError(INTERNAL_ERROR, f"{STREAMS} clients listen already; try again later")
        meta: dict[str, Any] = {SUBSCRIPTION_ID_META_KEY: ctx.request_id}
        with anyio.CancelScope() as scope:
            self._streams.add(scope)
            try:
                honoured = self._honoured(params.notifications, principal_of(ctx))
                if jobs := await self._tasks(ctx, params.notifications):
                    honoured = honoured.model_copy(update={TASK_IDS: jobs})
                await self._stream(ctx, honoured, jobs, meta)
            finally:
                self._streams.discard(scope)
        return SubscriptionsListenResult(_meta=meta)

    def close(self) -> None:
        """End every stream as the specification has it: with a result, which says that it was meant."""
        for scope in self._streams:
            scope.cancel()

    async def _stream(
        self, ctx: ServerRequestContext[Any, Any], honoured: SubscriptionFilter, jobs: list[str], meta: dict[str, Any]
    ) -> None:
        # Listening begins before the client is told so: what changes meanwhile is not lost.
        with self._host.changes.subscribed() as changes:
            acknowledged = SubscriptionsAcknowledgedNotificationParams(notifications=honoured, _meta=meta)
            notification = SubscriptionsAcknowledgedNotification(params=acknowledged)
            await ctx.session.send_notification(notification, ctx.request_id)
            async with anyio.create_task_group() as telling:
                if jobs:
                    from toolpost.server.tasks.telling import tell

                    telling.start_soon(tell, self._handlers.tasks, ctx, jobs, meta)
                await _tell(ctx, changes, honoured, meta)

    async def _tasks(self, ctx: ServerRequestContext[Any, Any], wanted: SubscriptionFilter) -> list[str]:
        """The caller's own tasks, of those that it wants to hear of; raises `MCPError` where it declares none."""
        jobs = (wanted.model_extra or {}).get(TASK_IDS)
        if not isinstance(jobs, list) or not jobs or tickets_of(self._host) is None:
            return []
        from toolpost.server.tasks.tasks import allow

        allow(ctx)
        tasks = self._handlers.tasks
        asked = dict.fromkeys(job for job in jobs[:WATCHED] if isinstance(job, str))
        return [job for job in asked if await tasks.known(ctx, job) is not None]

    def _honoured(self, wanted: SubscriptionFilter, principal: str) -> SubscriptionFilter:
        """What of it is served: a resource that the caller does not have is none to hear of."""
        watched = (wanted.resource_subscriptions or ())[:WATCHED]
        uris = [uri for uri in watched if has_resource(self._host, uri, principal)]
        return SubscriptionFilter(
            tools_list_changed=wanted.tools_list_changed or None,
            prompts_list_changed=wanted.prompts_list_changed or None,
            resources_list_changed=wanted.resources_list_changed or None,
            resource_subscriptions=uris or None,
        )


async def _tell(
    ctx: ServerRequestContext[Any, Any], changes: Subscription, honoured: SubscriptionFilter, meta: dict[str, Any]
) -> None:
    uris = frozenset(honoured.resource_subscriptions or ())
    async for change in changes:
        event = _event(change)
        if event_matches(honoured, uris, event):
            await ctx.session.send_notification(event_to_notification(event, meta), ctx.request_id)


def _event(change: Change) -> ServerEvent:
    return ResourceUpdated(change.uri) if change.kind == "resource" else LISTS[change.kind]
