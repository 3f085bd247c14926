"""What a caller cannot send back: the tools' part of a turn in which its own functions, or its yes, are wanted too.

A client of Chat Completions knows of no calls but those of its own functions.
What else belongs to that turn waits here for an hour under an id that the
caller's calls have, and is put in its place when their results come. Without
it a conversation goes on, and knows less.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from toolpost import Space, Store, Unavailable, canonical_digest
from toolpost_gateway.loop.history import Message, calls_of, ids_in
from toolpost_gateway.loop.model import new_name

HOUR = 3_600.0
ID = re.compile(r"call_toolpost_([a-p]{20})_\d{1,4}")
# Bytes of one turn, above which its pictures are left out; turns of all callers, where there is no store.
LARGE, MANY = 1_000_000, 1_000
LEFT_OUT = {"type": "text", "text": "(a picture, which is no longer here)"}


@dataclass(frozen=True)
class Carried:
    """A turn that waits: what came `before` it in its request, its `message`, and the answers of its calls so far.

    `ids` are the ids that calls had before the caller got to know them; `waits_for_yes` says what it waits for,
    and `decided` what was said so far of calls by their old ids.
    """

    before: list[Message]
    message: Message
    done: dict[str, Message]
    ids: dict[str, str]
    waits_for_yes: bool = False
    decided: Mapping[str, bool] = field(default_factory=dict)


@dataclass
class Memory:
    """Where turns wait that no store keeps; the oldest go first."""

    clock: Callable[[], float] = time.monotonic
    kept: OrderedDict[str, tuple[float, bytes]] = field(default_factory=OrderedDict)

    async def set(self, key: str, value: bytes, ttl: float | None = None) -> None:
        """As `Space.set`."""
        self.kept[key] = (self.clock() + (ttl or HOUR), value)
        while len(self.kept) > MANY:
            self.kept.popitem(last=False)

    async def get(self, key: str) -> bytes | None:
        """As `Space.get`."""
        until, value = self.kept.get(key, (0.0, b""))
        return value if until > self.clock() else None

    async def delete(self, key: str) -> bool:
        """As `Space.delete`."""
        return self.kept.pop(key, None) is not None


class Carrying:
    """Keeps turns that wait, each for its own principal alone."""

    def __init__(self, store: Store | None) -> None:
        self._space: Space | Memory = Memory() if store is None else store.space("gateway")

    async def keep(self, principal: str, carried: Carried, token: str) -> None:
        """Keep a turn; where that fails, the conversation goes on without it."""
        data = to_json(vars(carried))
        if len(data) > LARGE:
            data = to_json(_without_pictures(vars(carried)))
        with suppress(Unavailable):
            await self._space.set(_key(principal, token), data, HOUR)

    async def find(self, principal: str, call_id: str) -> Carried | None:
        """The turn that a call belongs to."""
        if (found := ID.fullmatch(call_id)) is None:
            return None
        with suppress(Unavailable):
            stored = await self._space.get(_key(principal, found[1]))
            return None if stored is None else Carried(**from_json(stored))
        return None

    async def take(self, principal: str, call_id: str) -> Carried | None:
        """The same for one that waits for a yes, which counts once: whoever comes second finds nothing."""
        carried = await self.find(principal, call_id)
        if carried is None or not carried.waits_for_yes:
            return None
        with suppress(Unavailable):
            if await self._space.delete(_key(principal, call_id.split("_")[2])):
                return carried
        return None

    async def restored(
        self, principal: str, messages: Sequence[Mapping[str, Any]], settled: Collection[str] = ()
    ) -> list[Message]:
        """A caller's messages with the turns in full of which it knows a part, but for those whose calls come anew."""
        known, found = ids_in(messages), list[Message]()
        ids: dict[str, str] = {}
        for message in _without(messages, settled) if settled else messages:
            calls = calls_of(message)
            carried = await self.find(principal, str(calls[0].get("id"))) if calls else None
            if carried is None or carried.waits_for_yes:
                found.append(_renamed(message, ids))
                continue
            ids |= carried.ids
            if not ids_in(carried.before) & known:
                found += carried.before
            found += [carried.message, *carried.done.values()]
        return found


def token_and_ids(call_ids: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A name for a turn that is to wait, and new ids for its calls, by which it is found: old ones by new ones."""
    token = new_name()
    return token, {f"call_toolpost_{token}_{number}": old for number, old in enumerate(call_ids)}


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


def _without_pictures(value: Any) -> Any:
    match value:
        case {"type": "image_url"}:
            return LEFT_OUT
        case dict():
            return {name: _without_pictures(member) for name, member in value.items()}
        case list() | tuple():
            return [_without_pictures(member) for member in value]
    return value
