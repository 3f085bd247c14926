"""Answers that are kept, so that a later request can go on from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

from anyio.to_thread import run_sync
from pydantic_core import from_json

from toolpost import Space
from toolpost_gateway.wire.encoding import packed
from toolpost_gateway.wire.faults import Fault

NAME = re.compile(r"resp_([0-9a-f]{4})[0-9a-f]{40}")
GONE = "there is no answer {name!r}: it is unknown, another caller's, or was kept for long enough; send the messages"
TOO_LONG = "this conversation is too long to be kept ({size} of {most} bytes); send with store=false, or begin anew"
# Bytes that are read and written in about a millisecond.
SHORT = 200_000


@dataclass(frozen=True)
class Kept:
    """An answer, the conversation that it ends, and the labels whose tools were listed in it."""

    response: dict[str, Any]
    messages: Sequence[dict[str, Any]]
    listed: frozenset[str]


@dataclass(frozen=True)
class Shelf:
    """Keeps the last `most` answers of each caller for so many seconds, in a ring; a name tells the place in it.

    A name has 160 random bits, and is looked for among the caller's own only.
    """

    space: Space
    most: int
    seconds: float
    most_bytes: int

    async def name(self, principal: str) -> str:
        """The name of an answer that will be kept, or of one that will not."""
        turn = await self.space.count(f"turn/{_owner(principal)}") if self.seconds else 0
        return f"resp_{turn % self.most:04x}{token_hex(20)}"

    def check(self, messages: Sequence[dict[str, Any]]) -> None:
        """Look at what an answer would go on from, before it is paid for.

        Raises:
            Fault: it is too long to be kept already.
        """
        if (size := _size(messages)) > self.most_bytes:
            raise Fault(400, TOO_LONG.format(size=size, most=self.most_bytes), "store", "too_long")

    async def keep(self, principal: str, name: str, kept: Kept) -> bool:
        """Keep an answer in its place, where an older one may have been; False where it is too long."""
        book = {"response": kept.response, "messages": kept.messages, "listed": sorted(kept.listed)}
        content = await run_sync(packed, book) if _size(kept.messages) > SHORT else packed(book)
        if len(content) > self.most_bytes:
            return False
        await self.space.set(_key(principal, name), content, self.seconds)
        return True

    async def find(self, principal: str, name: str, param: str | None = None) -> Kept:
        """An answer of this caller, whose name a field of the request may have said.

        Raises:
            Fault: there is none of that name.
        """
        content = await self.space.get(_key(principal, name)) if NAME.fullmatch(name) else None
        book = None
        if content is not None:
            book = await run_sync(from_json, content) if len(content) > SHORT else from_json(content)
        if book is None or book["response"]["id"] != name:
            raise missing(name, param)
        return Kept(book["response"], book["messages"], frozenset(book["listed"]))

    async def delete(self, principal: str, name: str) -> None:
        """Forget an answer.

        Raises:
            Fault: there is none of that name.
        """
        await self.find(principal, name)
        await self.space.delete(_key(principal, name))


def missing(name: str, param: str | None = None) -> Fault:
    """The fault of a name that is none of the caller's; whether it is another's cannot be told."""
    text = GONE.format(name=name[:64])
    return Fault(404, f"{param}: {text}" if param else text, param, "not_found")


def _owner(principal: str) -> str:
    return sha256(principal.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _key(principal: str, name: str) -> str:
    return f"answer/{_owner(principal)}/{name[5:9]}"


def _size(messages: Sequence[dict[str, Any]]) -> int:
    """About how long the messages are; pictures are most of it."""
    return sum(len(part) for message in messages for part in _texts(message.get("content")))


def _texts(content: Any) -> list[str]:
    if isinstance(content, list):
        return [part["image_url"]["url"] if "image_url" in part else part.get("text", "") for part in content]
    return [content or ""]
