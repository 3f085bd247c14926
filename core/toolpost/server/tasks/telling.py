"""`notifications/tasks` on a stream of `subscriptions/listen`: how tasks stand, and how they go on."""

from __future__ import annotations

from typing import Any

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import Notification

from toolpost.errors import Unavailable
from toolpost.server.answering import Request
from toolpost.server.tasks.tasks import Tasks

# How often tasks of other processes are looked at, in seconds.
LOOK = 1.0


async def tell(tasks: Tasks, ctx: Request, jobs: list[str], meta: dict[str, Any]) -> None:
    """Send how each task stands now, and again when that changes, until all are over."""
    open_jobs, sent = list(jobs), dict[str, Any]()
    while open_jobs:
        with tasks.tickets.listeners.to(open_jobs) as ear:
            open_jobs = [job for job in open_jobs if await _told(tasks, ctx, job, sent, meta)]
            with anyio.move_on_after(_patience(tasks, open_jobs)):
                await ear.wait()


def _patience(tasks: Tasks, jobs: list[str]) -> float:
    """The seconds until the next look: for ever, if this process hears of all that happens."""
    if not jobs:
        return 0.0
    return float("inf") if tasks.tickets.running.keys() >= set(jobs) else LOOK


async def _told(tasks: Tasks, ctx: Request, job: str, sent: dict[str, Any], meta: dict[str, Any]) -> bool:
    """Tell of one task what is new; whether more may come."""
    try:
        ticket = await tasks.known(ctx, job)
    except (MCPError, Unavailable):  # it cannot be told now, but perhaps at the next look
        return True
    if ticket is None:
        return False
    state = (ticket.status, ticket.said, ticket.requests)
    if sent.get(job) != state:
        sent[job] = state
        params = {**await tasks.detailed(ticket), "_meta": meta}
        notification: Any = Notification[dict[str, Any], str](method="notifications/tasks", params=params)
        await ctx.session.send_notification(notification, ctx.request_id)
    return not ticket.is_over
