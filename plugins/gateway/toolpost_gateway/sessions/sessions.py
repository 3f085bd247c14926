"""Sessions: begun, gone on with, listed and deleted, each by the caller whose it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import anyio

from toolpost import Artefacts, Context, InvalidArguments, Store
from toolpost_gateway.sessions.answering import Answering, Reply, Wish
from toolpost_gateway.sessions.keeping import Keeping, Settings
from toolpost_gateway.sessions.line import line
from toolpost_gateway.sessions.message import Said, content
from toolpost_gateway.sessions.pictures import Album
from toolpost_gateway.sessions.records import Head, Record
from toolpost_gateway.sessions.rooms import Rooms
from toolpost_gateway.talk import Approver, Chosen, Emit

if TYPE_CHECKING:
    from toolpost_gateway.loop import Loop

Heads = list[Head]
Records = list[Record]
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Sessions:
    """The conversations in a store; `clock` tells the time of day.

    An id is made here and nowhere else. One that is not this caller's raises
    `UnknownSession`, whatever the reason.
    """

    store: Store
    artefacts: Artefacts
    keeping: Keeping = field(default_factory=Keeping)
    clock: Callable[[], float] = time.time

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The sessions of the plugin with these settings."""
        keeping = Keeping(
            tokens=settings.session_tokens,
            days=settings.session_days,
            count=settings.sessions,
            bytes=settings.session_bytes,
        )
        return cls(settings.store, settings.artefacts, keeping)

    async def create(self, principal: str) -> Head:
        """Begin a session.

        Raises:
            Unavailable: the caller has as many as may be, and none has been idle for a day.
        """
        return await self._rooms.create(principal)

    async def get(self, principal: str, id: str) -> Head:
        """What is known of a session."""
        return await self._rooms.head(self._rooms.shelf(principal, id))

    async def list(self, principal: str) -> Heads:
        """A caller's sessions in which something was said, the last used first."""
        return await self._rooms.of(principal)

    async def turns(self, principal: str, id: str) -> Records:
        """All that was said in a session and is kept."""
        head = await self.get(principal, id)
        return [record async for record, _ in self._rooms.shelf(principal, id).turns(head.first)]

    async def is_answering(self, principal: str, id: str) -> bool:
        """Whether a turn is under way."""
        return await self._rooms.queue.is_held(self._rooms.shelf(principal, id).name)

    async def rename(self, principal: str, id: str, title: str) -> Head:
        """Give a session another title.

        Raises:
            InvalidArguments: there is nothing to see in it.
        """
        await self.get(principal, id)
        words = line(title)[:LONGEST_TITLE]
        if not words:
            raise InvalidArguments("the title is empty; give a word that can be seen")
        return await self._rooms.shelf(principal, id).change(lambda head: replace(head, title=words))

    async def delete(self, principal: str, id: str) -> None:
        """Remove a session with all that belongs to it; what is under way in it ends."""
        await self.get(principal, id)
        await self._rooms.remove(self._rooms.shelf(principal, id))

    async def sweep(self) -> int:
        """Remove what has expired, of all callers; how many there were."""
        return await self._rooms.sweep()

    def album(self, principal: str, id: str) -> Album:
        """The pictures of a session."""
        return self._rooms.album(self._rooms.shelf(principal, id))

    async def say(
        self,
        loop: Loop,
        context: Context,
        message: Said,
        emit: Emit,
        *,
        session_id: str | None = None,
        approver: Approver | None = None,
        model: str = "",
        chosen: Sequence[Chosen] | None = None,
        again: bool = False,
    ) -> Reply:
        """Say something, and have it answered; messages of one session are answered one after the other.

        Without `session_id` a session is begun, and forgotten if this fails,
        since nobody knows its id: whoever wants it kept calls `create` before.
        `again` answers the last message anew; `message` is then not looked
        at. What was said in a turn until it failed or was cancelled is kept.

        Raises:
            UnknownSession: the id is not this caller's.
            ToolError: the model cannot be asked, or breaks off.
        """
        wish = Wish({} if again else {"role": "user", "content": content(message)}, model, chosen, again)
        id = session_id if session_id is not None else (await self.create(context.principal)).id
        shelf = self._rooms.shelf(context.principal, id)
        try:
            return await Answering(self._rooms, shelf, loop, context, emit, approver).answer(id, wish)
        except BaseException:
            if session_id is None:
                with anyio.CancelScope(shield=True):
                    await self._rooms.remove(shelf)
            raise

    @cached_property
    def _rooms(self) -> Rooms:
        # Held here for the queue, which is one for all that this process does.
        return Rooms(self.store.space("gateway"), self.artefacts, self.keeping, self.clock)
