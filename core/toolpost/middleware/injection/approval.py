"""What a running host does about pins: it writes them down, and shows a tool once it is approved."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b

import anyio
import anyio.to_thread

from toolpost.changes import Changes
from toolpost.folders import Folders
from toolpost.middleware.injection.pins import Pins
from toolpost.middleware.injection.review import Review

# Seconds between two looks at the file while a tool waits for approval.
POLL = 2.0
# Seconds after which all tools have come, and between two times that the pins of those long gone are dropped.
SETTLED, DAY = 60.0, 86_400.0


def pins_of(folders: Folders) -> Pins:
    """The pins of one configuration, where the folders know which it is."""
    path = folders.configuration
    name = blake2b(str(path).encode(), digest_size=4).hexdigest() if path else "default"
    return Pins(folders.data / "pins" / name)


@asynccontextmanager
async def approvals(plugin: object, review: Review, changes: Changes | None) -> AsyncIterator[None]:
    """Write down what was pinned at start, and look after what is offered while the host runs."""
    if review.pins is not None and review.pins.unsaved:
        await anyio.to_thread.run_sync(review.pins.save)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_watch, plugin, review, changes)
        if review.pins is not None:
            tasks.start_soon(_sweep, review.pins)
        review.remarks.gathers, review.examinations.beside = True, changes is not None
        try:
            yield
        finally:
            review.remarks.gathers = review.examinations.beside = False
            review.remarks.say()
            tasks.cancel_scope.cancel()


async def _sweep(pins: Pins) -> None:
    wait = SETTLED
    while True:
        await anyio.sleep(wait)
        await anyio.to_thread.run_sync(pins.sweep)
        wait = DAY


async def _watch(plugin: object, review: Review, changes: Changes | None) -> None:
    pins = review.pins
    stamp = pins.stamp if pins is not None else 0
    # Another process pinned something else while this one started: what it shows is looked at again.
    if pins is not None and pins.overtaken and changes is not None:
        pins.forget()
        await changes.tools(plugin)
    while True:
        # No event tells what another process writes: where a tool waits for approval, its file is looked at.
        patience = POLL if review.withheld and pins is not None and changes is not None else math.inf
        with anyio.move_on_after(patience):
            await review.stirred.wait()
        review.stirred = anyio.Event()
        if changes is not None and review.examinations.is_behind:
            await _catch_up(plugin, review, changes)
        review.remarks.say()
        if pins is None:
            continue
        if pins.unsaved:
            await anyio.to_thread.run_sync(pins.save)
        if stamp != (stamp := pins.stamp) and changes is not None:
            pins.forget()
            await changes.tools(plugin)


async def _catch_up(plugin: object, review: Review, changes: Changes) -> None:
    """Examine what would have held up others, and offer it then."""
    kinds = await review.examinations.catch_up()
    for kind, again in (("tool", changes.tools), ("resource", changes.resources), ("prompt", changes.prompts)):
        if kind in kinds:
            await again(plugin)
