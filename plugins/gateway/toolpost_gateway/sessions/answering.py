"""One message and its answer, from waiting for its turn to what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio

from toolpost import Context, InvalidArguments, ToolError
from toolpost_gateway.sessions.account import Account
from toolpost_gateway.sessions.history import history, surplus
from toolpost_gateway.sessions.keeping import UnknownSession
from toolpost_gateway.sessions.line import line
from toolpost_gateway.sessions.pictures import handles
from toolpost_gateway.sessions.records import Head, Record, State, text_of
from toolpost_gateway.sessions.rooms import Rooms
from toolpost_gateway.sessions.shelf import Shelf
from toolpost_gateway.sessions.summary import summarised
from toolpost_gateway.talk import Approver, Chosen, Emit, Outcome, Request

if TYPE_CHECKING:
    from toolpost_gateway.loop import Loop

Found = Sequence[tuple[Record, bytes]]
# Characters of a title, and of a message to find them in.
TITLE, LOOKED_AT = 60, 1000
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
        async with self.rooms.queue.turn(self.shelf.name) as tasks:
            head = await self.rooms.head(self.shelf)
            found = [one async for one in self.shelf.turns(head.cut)]
            head = replace(head, outside=head.outside or any(past.tools for past, _ in found))
            record, before = self._record(head, found, wish)
            earlier = [past for past, _ in found if past.number < record.number]
            head, earlier, notes = await self._shortened(head, record, earlier)
            account = await self._opened(record, found, before)
            await self.rooms.used(self.shelf, head, found, record, title_of(record.user))
            tasks.start_soon(account.keep_up)
            return await self._run(id, account, await self._asked(head, record, earlier, wish), notes)

    async def _opened(self, record: Record, found: Found, before: bytes | None) -> Account:
        """The account of a turn; one that has an answer already is not touched until there is another."""
        stays = before is not None and found[-1][0].state == "done"
        raw = before if stays else await self.shelf.write(record, before)
        album, most = self.rooms.album(self.shelf), self.rooms.keeping.bytes // 2
        return Account(self.shelf, album, record, raw, self.emit, most, stays=stays)

    async def _kept(self, user: dict[str, Any]) -> dict[str, Any]:
        (kept,) = await self.rooms.album(self.shelf).keep([user], strictly=True)
        if len(text_of(kept).encode("utf-8", "replace")) > self.rooms.keeping.bytes // 2:
            raise InvalidArguments("the message is too long for a session")
        return kept

    def _record(self, head: Head, found: Found, wish: Wish) -> tuple[Record, bytes | None]:
        """The turn that begins, and what is written where it will be."""
        at = self.rooms.clock()
        if not wish.again:
            number = found[-1][0].number + 1 if found else head.cut
            return Record(number=number, at=at, user=wish.user, model=wish.model), None
        if not found:
            raise InvalidArguments("nothing was said in this session that could be answered again")
        last, raw = found[-1]
        return Record(number=last.number, at=at, user=last.user, model=wish.model), raw

    async def _shortened(self, head: Head, record: Record, turns: list[Record]) -> tuple[Head, list[Record], list[str]]:
        """The turns that the model is sent, and the head with what these no longer say."""
        most = self.rooms.keeping.tokens
        count = surplus(head.summary, turns, record.user, most)
        if not count:
            return head, turns, []
        gone, kept = turns[:count], turns[count:]
        summary = await summarised(self.loop, self.context, record.model, head.summary, gone, most)
        return replace(head, summary=summary, cut=gone[-1].number + 1), kept, [SUMMARISED]

    async def _asked(self, head: Head, record: Record, earlier: Sequence[Record], wish: Wish) -> Request:
        messages = history(head, earlier, record.user, self.rooms.keeping.tokens)
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


def title_of(user: Mapping[str, Any]) -> str:
    """The first words of a message."""
    words = line(text_of(user)[:LOOKED_AT]) or ("A picture" if handles([user]) else "Untitled")
    return words if len(words) <= TITLE else f"{words[:TITLE].rsplit(' ', 1)[0]}…"
