"""Requests with a key: the same again gets the same answer, and nothing is carried out twice.

As the draft of the header has it (draft-ietf-httpapi-idempotency-key-header), a key belongs to one request:
another with the same key is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
from pydantic_core import from_json, to_json

from toolpost import InvalidArguments, Space, ToolError, Unavailable, canonical_digest
from toolpost_gateway.loop.errand import bare
from toolpost_gateway.loop.kept import Kept, dumped, loaded
from toolpost_gateway.loop.memory import Memory
from toolpost_gateway.talk import Began, Emit, Event, Outcome, Request

# Seconds that an answer is kept, and that a request may take above its time to be told of its end.
HOUR, GRACE = 3_600.0, 30.0
# What became of the request that came first, before there is an answer.
ASKING, CALLING = "asking", "calling"
# In the `meta` of an error: which of these it is, for those who speak HTTP.
REPEATED = "toolpost/repeated"
OTHER = "this key belongs to another request; give each request a key of its own"
UNDER_WAY = "a request with this key is under way; its answer is here when it has ended"
UNCERTAIN = (
    "a request with this key called tools, and its end is not known: it may have been carried out, so it is not begun "
    "again; look what was done, and send what is left under another key"
)
Work = Callable[[Emit, list[Any]], Awaitable[Outcome]]


@dataclass
class Once:
    """Answers requests with a key, each once; `_here` are those under way in this process.

    A request takes at most so many `seconds`, so one that has called nothing in that time has died.
    """

    space: Space | Memory
    seconds: float
    _here: dict[str, anyio.Event] = field(default_factory=dict)

    async def answer(self, principal: str, request: Request, emit: Emit, said: list[Any] | None, work: Work) -> Outcome:
        """The answer of the work, or of the work that was done for the same request before.

        Raises:
            ToolError: the key belongs to another request, or what was begun with it did not end.
        """
        place = f"once:{canonical_digest(principal).hex()}:{canonical_digest(request.key).hex()}"
        digest = await anyio.to_thread.run_sync(_digest, request)
        while (ended := self._here.get(place)) is not None:
            await ended.wait()
        self._here[place] = anyio.Event()
        try:
            if await self.space.add(place, to_json([digest, ASKING]), self.seconds + GRACE):
                return await _Doing(self.space, place, digest, emit).outcome(work, said)
            return await self._again(place, digest, emit, said)
        finally:
            self._here.pop(place).set()

    async def _again(self, place: str, digest: str, emit: Emit, said: list[Any] | None) -> Outcome:
        stored = await self.space.get(place)
        if stored is None:
            raise _repeated(Unavailable(UNDER_WAY, retry_after=1.0), "under way")
        whose, state, *kept = from_json(stored)
        if whose != digest:
            raise _repeated(InvalidArguments(OTHER), "other")
        if state == ASKING:
            raise _repeated(Unavailable(UNDER_WAY, retry_after=1.0), "under way")
        if state == CALLING:
            raise _repeated(ToolError(UNCERTAIN), "uncertain")
        found = loaded(kept[0])
        for event in found.events:
            await emit(event)
        if said is not None:
            said += found.said
        return found.outcome


@dataclass
class _Doing:
    """The work for a request that came first."""

    space: Space | Memory
    place: str
    digest: str
    emit: Emit
    events: list[Event] = field(default_factory=list)
    has_called: bool = False

    async def outcome(self, work: Work, said: list[Any] | None) -> Outcome:
        steps: list[Any] = [] if said is None else said
        before = len(steps)
        try:
            outcome = await work(self._heard, steps)
            kept = await anyio.to_thread.run_sync(dumped, Kept(outcome, self.events, steps[before:]))
        except BaseException:
            await self._leave()
            raise
        with anyio.CancelScope(shield=True):
            await self._keep(kept)
        return outcome

    async def _heard(self, event: Event) -> None:
        if isinstance(event, Began) and not self.has_called:
            # Before anything is done: who comes after a crash has to know.
            await self.space.set(self.place, to_json([self.digest, CALLING]), HOUR)
            self.has_called = True
        self.events.append(event)
        await self.emit(event)

    async def _keep(self, kept: Any) -> None:
        if kept is None:
            await self._leave()
            return
        try:
            await self.space.set(self.place, to_json([self.digest, "done", kept]), HOUR)
        except Unavailable:
            await self._leave()

    async def _leave(self) -> None:
        """Nothing was done, so it may be begun again; otherwise what is written says that it may have been."""
        if self.has_called:
            return
        with anyio.CancelScope(shield=True):
            try:
                await self.space.delete(self.place)
            except Unavailable:
                return


def _digest(request: Request) -> str:
    chosen = [
        [one.label, None if one.allowed is None else sorted(one.allowed), dict(one.approval or {})]
        for one in request.chosen or ()
    ]
    asked = {
        "messages": [bare(message) for message in request.messages],
        "functions": [bare(vars(one)) for one in request.functions],
        "chosen": None if request.chosen is None else chosen,
        "settings": bare(request.settings),
        "decided": dict(request.decided),
        "others": [request.model, request.choice, request.parallel],
    }
    return canonical_digest(asked).hex()


def _repeated(error: ToolError, how: str) -> ToolError:
    error.meta = {**error.meta, REPEATED: how}
    return error
