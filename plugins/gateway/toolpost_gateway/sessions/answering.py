"""One message and its answer, from waiting for its turn to what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio

from toolpost import Context, InvalidArguments, ToolError
from toolpost_gateway.sessions.account import Account
from toolpost_gateway.sessions.beginning import Beginning
from toolpost_gateway.sessions.history import history
from toolpost_gateway.sessions.keeping import UnknownSession
from toolpost_gateway.sessions.queue import Lease
from toolpost_gateway.sessions.records import Record, State, text_of
from toolpost_gateway.sessions.rooms import Rooms
from toolpost_gateway.sessions.shelf import Shelf
from toolpost_gateway.sessions.summary import summarised
from toolpost_gateway.talk import Approver, Chosen, Emit, Outcome, Request

if TYPE_CHECKING:
    from toolpost_gateway.loop import Loop

SUMMARISED = "the beginning of this conversation was summarised to make room"


@dataclass(frozen=True)
class Reply:
    """What came of a message; `record` is the turn as it is kept."""

    response: str
    session_id: str
    outcome: Outcome
    record: Record


@dataclass(frozen=True)
class Wish:
    """What one message asks for."""

    user: dict[str, Any]
    model: str
    chosen: Sequence[Chosen] | None
    again: bool


@dataclass(frozen=True)
class Answering:
    """Has one message of a session answered."""

    rooms: Rooms
    shelf: Shelf
    loop: Loop
    context: Context
    emit: Emit
    approver: Approver | None

    async def answer(self, id: str, wish: Wish) -> Reply:
        """The answer, after those of the messages before it."""
        await self.rooms.head(self.shelf)
        if not wish.again:
            wish = replace(wish, user=await self._kept(wish.user))
        begun = Beginning(self.rooms, self.shelf, wish.user, wish.model, wish.again)
        async with self.rooms.queue.turn(self.shelf.name, begun.swaps) as (lease, tasks):
            notes = await self._shortened(begun) if begun.surplus else []
            account = self._account(begun, lease)
            await begun.tidy()
            tasks.start_soon(account.keep_up)
            return await self._run(id, account, await self._asked(begun, wish), notes)

    def _account(self, begun: Beginning, lease: Lease) -> Account:
        album, most = self.rooms.album(self.shelf), self.rooms.keeping.bytes // 2
        return Account(self.shelf, album, begun.record, begun.raw, self.emit, most, lease, stays=begun.stays)

    async def _kept(self, user: dict[str, Any]) -> dict[str, Any]:
        (kept,) = await self.rooms.album(self.shelf).keep([user], strictly=True)
        if len(text_of(kept).encode("utf-8", "replace")) > self.rooms.keeping.bytes // 2:
            raise InvalidArguments("the message is too long for a session")
        return kept

    async def _shortened(self, begun: Beginning) -> list[str]:
        """Summarise the turns that are too many; what to say of it."""
        model, known, gone = begun.record.model, begun.head.summary, begun.earlier[: begun.surplus]
        summary = await summarised(self.loop, self.context, model, known, gone, self.rooms.keeping.tokens)
        await begun.shortened(summary)
        return [SUMMARISED]

    async def _asked(self, begun: Beginning, wish: Wish) -> Request:
        messages = history(begun.head, begun.earlier, begun.record.user, self.rooms.keeping.tokens)
        shown = await self.rooms.album(self.shelf).show(messages)
        return Request(messages=shown, model=wish.model, chosen=wish.chosen)

    async def _run(self, id: str, account: Account, asked: Request, notes: Sequence[str]) -> Reply:
        try:
            outcome = await self.loop.run(asked, self.context, account.hear, approver=self.approver, said=account.said)
        except BaseException as error:
            is_ours = isinstance(error, ToolError)
            with anyio.CancelScope(shield=True):
                await _ended(account, "failed" if is_ours else "stopped", str(error) if is_ours else "")
            raise
        record = await account.end("done", notes=[*notes, *outcome.notes])
        return Reply(outcome.text or outcome.refusal, id, outcome, record)


async def _ended(account: Account, state: State, error: str) -> None:
    """Write what there is; that a session was deleted, or a disk is full, changes nothing about the failure."""
    try:
        await account.end(state, error)
    except UnknownSession:
        await account.album.remove()
    except ToolError:
        pass
