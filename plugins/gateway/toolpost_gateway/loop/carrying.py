"""What a caller cannot send back: the tools' part of a turn in which its own functions, or its yes, are wanted too.

A client of Chat Completions knows of no calls but those of its own functions.
What else belongs to that turn waits here for an hour under an id that the
caller's calls have, and is put in its place when their results come. Without
it a conversation goes on, and knows less.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from toolpost import Space, Unavailable, canonical_digest
from toolpost_gateway.loop.history import Message, calls_of, ids_in
from toolpost_gateway.loop.memory import Memory
from toolpost_gateway.loop.model import new_name
from toolpost_gateway.loop.results import bounded

HOUR = 3_600.0
ID = re.compile(r"call_toolpost_([a-p]{20})_\d{1,4}")
# Bytes of one turn, above which its pictures are left out, its texts are cut to so many characters, and what came
# before it is left out; and of all that one request has restored, which is looked for in so many turns.
LARGE, SHORT = 1_000_000, 4_000
RESTORED, TURNS = 4_000_000, 200
LEFT_OUT = {"type": "text", "text": "(a picture, which is no longer here)"}


@dataclass(frozen=True)
class Carried:
    """A turn that waits: what came `before` it in its request, its `message`, and the answers of its calls so far.

    `ids` are the ids that calls had before the caller got to know them; `waits_for_yes` says what it waits for,
    `decided` what was said so far of calls by their old ids, and `prints` of which tools those are.
    """

    before: list[Message]
    message: Message
    done: dict[str, Message]
    ids: dict[str, str]
    waits_for_yes: bool = False
    decided: Mapping[str, bool] = field(default_factory=dict)
    prints: Mapping[str, str] = field(default_factory=dict)


class Carrying:
    """Keeps turns that wait, each for its own principal alone."""

    def __init__(self, space: Space | Memory) -> None:
        self._space = space

    async def keep(self, principal: str, carried: Carried, token: str) -> None:
        """Keep a turn; where that fails, the conversation goes on without it."""
        data = next((data for data in map(to_json, _forms(vars(carried))) if len(data) <= LARGE), None)
        if data is None:
            return
        with suppress(Unavailable):
            await self._space.set(_key(principal, token), data, HOUR)

    async def find(self, principal: str, call_id: str) -> Carried | None:
        """The turn that a call belongs to."""
        stored = await self._stored(principal, call_id)
        return None if stored is None else Carried(**from_json(stored))

    async def waits(self, principal: str, call_id: str) -> bool:
        """Whether a call is of a turn that waits for a yes."""
        carried = await self.find(principal, call_id)
        return carried is not None and carried.waits_for_yes

    async def take(self, principal: str, call_id: str) -> Carried | None:
        """The same for one that waits for a yes, which counts once: whoever comes second finds nothing."""
        carried = await self.find(principal, call_id)
        if carried is None or not carried.waits_for_yes:
            return None
        with suppress(Unavailable):
            if await self._space.delete(_key(principal, turn_of(call_id))):
                return carried
        return None

    async def restored(
        self, principal: str, messages: Sequence[Mapping[str, Any]], settled: Collection[str] = ()
    ) -> list[Message]:
        """A caller's messages with the turns in full of which it knows a part, but for those whose calls come anew."""
        messages = list(_without(messages, settled)) if settled else messages
        turns = await self._turns(principal, messages)
        known, found = ids_in(messages), list[Message]()
        ids: dict[str, str] = {}
        for message in messages:
            carried = turns.pop(_token(message), None)
            if carried is None:
                found.append(_renamed(message, ids))
                continue
            ids |= carried.ids
            if not ids_in(carried.before) & known:
                found += carried.before
            found += [carried.message, *carried.done.values()]
        return found

    async def _turns(self, principal: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Carried]:
        """The turns that are to be restored, each once, by their names: the last ones, if they are many or large."""
        called = dict.fromkeys(token for message in reversed(messages) if (token := _token(message)))
        turns: dict[str, Carried] = {}
        left = RESTORED
        for token in list(called)[:TURNS]:
            stored = await self._stored(principal, f"call_toolpost_{token}_0")
            if stored is None or (left := left - len(stored)) < 0:
                continue
            carried = Carried(**from_json(stored))
            if not carried.waits_for_yes:
                turns[token] = carried
        return turns

    async def _stored(self, principal: str, call_id: str) -> bytes | None:
        if (found := ID.fullmatch(call_id)) is None:
            return None
        with suppress(Unavailable):
            return await self._space.get(_key(principal, found[1]))
        return None


def token_and_ids(call_ids: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A name for a turn that is to wait, and new ids for its calls, by which it is found: old ones by new ones."""
    token = new_name()
    return token, {f"call_toolpost_{token}_{number}": old for number, old in enumerate(call_ids)}


def _token(message: Mapping[str, Any]) -> str:
    """The name of the turn that a message of the assistant is a part of; empty where it is of none."""
    calls = calls_of(message)
    found = ID.fullmatch(str(calls[0].get("id"))) if calls else None
    return "" if found is None else found[1]


def turn_of(call_id: str) -> str:
    """The name of the turn to which a call with such a new id belongs."""
    return call_id.split("_")[2]


def _key(principal: str, token: str) -> str:
    return f"carried:{canonical_digest(principal).hex()}:{token}"


def _without(messages: Sequence[Mapping[str, Any]], ids: Collection[str]) -> Iterator[Mapping[str, Any]]:
    """The messages without these calls, and without turns that were nothing else."""
    for message in messages:
        calls = calls_of(message)
        left = [call for call in calls if call.get("id") not in ids]
        if not calls or len(left) == len(calls):
            yield message
        elif left:
            yield {**message, "tool_calls": left}


def _renamed(message: Mapping[str, Any], ids: Mapping[str, str]) -> Message:
    known = str(message.get("tool_call_id"))
    return {**message, "tool_call_id": ids[known]} if known in ids else dict(message)


def _forms(carried: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A turn as it is, and ever smaller; the calls that the model made stay whole in each."""
    yield carried
    smaller = _without_pictures(dict(carried))
    yield smaller
    smaller = {**smaller, **{name: _cut(smaller[name]) for name in ("before", "done")}}
    yield smaller
    yield {**smaller, "before": []}


def _cut(value: Any) -> Any:
    match value:
        case {"role": "tool", "content": str() as text, **more}:
            return {**more, "role": "tool", "content": bounded(text, SHORT)}
        case {"type": "text", "text": str() as text}:
            return {"type": "text", "text": bounded(text, SHORT)}
        case dict():
            return {name: _cut(member) for name, member in value.items()}
        case list() | tuple():
            return [_cut(member) for member in value]
    return value


def _without_pictures(value: Any) -> Any:
    match value:
        case {"type": "image_url"}:
            return LEFT_OUT
        case dict():
            return {name: _without_pictures(member) for name, member in value.items()}
        case list() | tuple():
            return [_without_pictures(member) for member in value]
    return value
