"""Whose turn it is: one answer at a time in a session, in this process and in others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from secrets import token_hex

import anyio
from anyio.abc import TaskGroup

from toolpost import Refused, Space, Unavailable
from toolpost.kit import alone, has_died, this_process
from toolpost_gateway.sessions.keeping import LOST

# Seconds that a lease outlives its holder, and after which it is renewed.
LEASE, RENEWED = 10.0, 3.0
FIRST_LOOK, LONGEST_LOOK = 0.01, 0.25
WAITING = 8
# What is to be written in the store; see `Space.swap_all`.
Swap = tuple[str, bytes | None, bytes | None, float | None]
Swaps = Sequence[Swap]


@dataclass(eq=False)
class Lease:
    """A turn that is held, until it `is_over`, and the tasks that end with it."""

    space: Space
    key: str
    mine: bytes
    is_over: bool = False

    async def end(self, swaps: Swaps) -> bool:
        """Write the last of this turn and give it back, as one; False, and nothing changed, where that cannot be."""
        # Before, so that no renewal takes it for lost.
        self.is_over = True
        try:
            self.is_over = await self.space.swap_all([*swaps, (self.key, self.mine, None, None)])
        except BaseException:
            self.is_over = False
            raise
        return self.is_over


@dataclass(eq=False)
class Line:
    """Those who wait for one session, and who is at it."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    count: int = 0
    holder: anyio.CancelScope | None = None


@dataclass(frozen=True)
class Queue:
    """Lets one in at a time by the name of a session; in this process in the order in which they came."""

    space: Space
    most: int = WAITING
    lines: dict[str, Line] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, name: str, first: Callable[[], Awaitable[Swaps]]) -> AsyncIterator[tuple[Lease, TaskGroup]]:
        """Hold a session, with tasks that end with it; what comes `first` in a turn is written as it is taken.

        Raises:
            Unavailable: too many wait for it already.
            Refused: it was lost meanwhile.
        """
        line = self.lines.setdefault(name, Line())
        if line.count > self.most:
            raise Unavailable(f"{self.most} messages wait in this session already", retry_after=5)
        line.count += 1
        try:
            async with line.lock, self._leased(name, line, first) as held:
                yield held
        finally:
            line.count -= 1
            if not line.count:
                self.lines.pop(name, None)

    async def is_held(self, name: str) -> bool:
        """Whether somebody is at a session, here or elsewhere."""
        return await self.space.get(f"lock:{name}") is not None

    async def stop(self, name: str) -> None:
        """End whatever is under way: here at once, in another process when it next renews its lease."""
        line = self.lines.get(name)
        if line is not None and line.holder is not None:
            line.holder.cancel()
        await self.space.delete(f"lock:{name}")

    @asynccontextmanager
    async def _leased(
        self, name: str, line: Line, first: Callable[[], Awaitable[Swaps]]
    ) -> AsyncIterator[tuple[Lease, TaskGroup]]:
        lease = Lease(self.space, f"lock:{name}", this_process() + b" " + token_hex(16).encode())
        await self._taken(lease, first)
        try:
            with anyio.CancelScope() as line.holder, _alone():
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._renew, lease)
                    yield lease, tasks
                    tasks.cancel_scope.cancel()
            if line.holder.cancelled_caught:
                raise Refused(LOST)
        finally:
            line.holder = None
            with anyio.CancelScope(shield=True):
                if not lease.is_over:
                    await self.space.swap(lease.key, lease.mine, None)

    async def _taken(self, lease: Lease, first: Callable[[], Awaitable[Swaps]]) -> None:
        pause = FIRST_LOOK
        while True:
            held = await self.space.get(lease.key)
            # Whoever starts again after a crash need not wait for the lease to end.
            is_free = held is None or has_died(held.partition(b" ")[0])
            # What is read for the first of it is still so if this succeeds.
            if is_free and await self.space.swap_all([*await first(), (lease.key, held, lease.mine, LEASE)]):
                return
            await anyio.sleep(pause)
            pause = min(2 * pause, LONGEST_LOOK)

    async def _renew(self, lease: Lease) -> None:
        held_until = anyio.current_time() + LEASE
        while True:
            await anyio.sleep(RENEWED)
            try:
                if lease.is_over:
                    return
                if not await self.space.swap(lease.key, lease.mine, lease.mine, LEASE):
                    raise Refused(LOST)
                held_until = anyio.current_time() + LEASE
            except Unavailable:
                if anyio.current_time() > held_until:
                    raise


@contextmanager
def _alone() -> Iterator[None]:
    """What a task group raises, without the group."""
    try:
        yield
    except BaseExceptionGroup as group:
        raise alone(group) from None
