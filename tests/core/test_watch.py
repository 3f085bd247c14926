"""One timer ends all that must end in time, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from toolpost.watch import Watch


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    running = Watch()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(running.run)
        yield running
        tasks.cancel_scope.cancel()


async def test_what_takes_too_long_is_cancelled(watch: Watch):
    with anyio.CancelScope() as scope:
        watch.add(scope, anyio.current_time() + 0.01)
        await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_an_earlier_deadline_is_not_kept_waiting_by_a_later_one(watch: Watch):
    with anyio.CancelScope() as later, anyio.CancelScope() as earlier:
        watch.add(later, anyio.current_time() + 3600)
        watch.add(earlier, anyio.current_time() + 0.01)
        await anyio.sleep_forever()
    assert earlier.cancelled_caught
    assert not later.cancel_called


async def test_what_has_ended_is_not_cancelled_any_more(watch: Watch):
    with anyio.CancelScope() as first:
        watch.add(first, anyio.current_time() + 0.01)
        watch.remove(first)
        with anyio.CancelScope() as second:
            watch.add(second, anyio.current_time() + 0.02)
            await anyio.sleep_forever()
    assert second.cancelled_caught
    assert not first.cancel_called


async def test_a_deadline_can_be_put_off(watch: Watch):
    with anyio.CancelScope() as first:
        watch.add(first, anyio.current_time() + 0.01)
        watch.add(first, anyio.current_time() + 3600)
        with anyio.CancelScope() as second:
            watch.add(second, anyio.current_time() + 0.02)
            await anyio.sleep_forever()
    assert not first.cancel_called
