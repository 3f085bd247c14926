"""Removes expired sessions in the background: some time after the start, and then every hour."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from toolpost import Unavailable

if TYPE_CHECKING:
    from toolpost_gateway.sessions import Sessions

log = logging.getLogger("toolpost.gateway")
# Seconds; a short command does not live to see the first time.
SETTLED, AGAIN = 10.0, 3600.0


@asynccontextmanager
async def sweeping(
    opened: Callable[[], Sessions], settled: float = SETTLED, again: float = AGAIN
) -> AsyncIterator[None]:
    """While this is open, expired sessions are removed, `settled` seconds from now and then each `again` seconds.

    The sessions are `opened` only then: importing them would hold up every start.
    """
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sweep, opened, settled, again)
        yield
        tasks.cancel_scope.cancel()


async def _sweep(opened: Callable[[], Sessions], settled: float, again: float) -> None:
    await anyio.sleep(settled)
    sessions = opened()
    while True:
        try:
            await sessions.sweep()
        except Unavailable as error:
            log.error("expired sessions could not be removed: %s", error)
        await anyio.sleep(again)
