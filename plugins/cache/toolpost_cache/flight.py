"""Calls under way that equal calls wait for, and what was asked of a person meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from toolpost import Context
from toolpost_cache.answer import Answer


@dataclass
class Flight:
    """A call that is under way: whose it is, and what came of it for those who wait."""

    principal: str
    landed: anyio.Event = field(default_factory=anyio.Event)
    answer: Answer | None = None
    for_all: bool = False

    def answer_for(self, principal: str) -> Answer | None:
        """What another caller may have of it; None where he must see for himself."""
        return self.answer if self.for_all or principal == self.principal else None


@dataclass
class Heard:
    """Whether the client or its person was asked: then the answer is to what they said, not to the arguments alone."""

    asked: bool = False


@contextmanager
def listening(context: Context) -> Iterator[Heard]:
    """Note whether the client is asked for anything during a call."""
    heard, question, peer = Heard(), context.question, context.peer

    async def ask(message: str, schema: dict[str, Any]) -> Any:
        heard.asked = True
        assert question is not None
        return await question(message, schema)

    context.question = ask if question is not None else None
    context.peer = _Overheard(peer, heard) if peer is not None else None
    try:
        yield heard
    finally:
        context.question, context.peer = question, peer


class _Overheard:
    """A peer, with its being asked noted."""

    def __init__(self, peer: Any, heard: Heard) -> None:
        self._peer = peer
        self._heard = heard

    async def inquire(self, inquiry: Any, key: str | None) -> Any:
        self._heard.asked = True
        return await self._peer.inquire(inquiry, key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)
