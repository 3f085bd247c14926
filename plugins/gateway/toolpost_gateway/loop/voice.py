"""What the caller hears while a request is under way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from toolpost import TextFilter, ToolError
from toolpost_gateway.talk import Emit, Event, Refusal, Text, Thought

Answer = TypeVar("Answer")
Say = Callable[[str], Awaitable[None]]
# What the model says in another round is a paragraph of its own.
BETWEEN = "\n\n"


class Gone(ToolError):
    """The caller hears no more; why is in `Voice.broken`."""


class Voice:
    """Passes events on, one at a time, until the caller takes no more of them; `text` is all that was answered."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._turn = anyio.Lock(fast_acquire=True)
        self._is_new_round = False
        self.text = ""
        self.broken: Exception | None = None

    async def __call__(self, event: Event) -> None:
        """Tell the caller.

        Raises:
            Gone: it takes no more.
        """
        async with self._turn:
            if self.broken is not None:
                raise Gone("the caller has gone")
            try:
                await self._emit(event)
            except Exception as error:  # whatever it is, it is the caller's, and goes back to it
                self.broken = error
                raise Gone("the caller has gone") from error

    async def answered(self, question: Awaitable[Answer]) -> Answer:
        """What the caller says to a question; where it fails to say anything, it is as gone as one that hears nothing.

        Raises:
            Gone: it failed.
        """
        try:
            return await question
        except Exception as error:  # as above
            self.broken = error
            raise Gone("the caller has gone") from error

    async def say(self, text: str) -> None:
        """The next piece of the answer."""
        if self._is_new_round and self.text:
            text = BETWEEN + text
        self._is_new_round = False
        self.text += text
        await self(Text(text))

    async def decline(self, text: str) -> None:
        """The next piece of the words in which the model declines."""
        await self(Refusal(text))

    async def think(self, text: str) -> None:
        """The next piece of the model's reasoning."""
        await self(Thought(text))

    def next_round(self) -> None:
        """What follows is another turn of the model."""
        self._is_new_round = True


class Flow:
    """The text of one kind in one turn, on its way through the layers to the caller."""

    def __init__(self, filtered: TextFilter | None, say: Say) -> None:
        self._filter, self._say = filtered, say
        self._sent: list[str] = []

    async def feed(self, text: str) -> None:
        """Send of the next piece what may be sent now."""
        await self._send(text if self._filter is None else self._filter.feed(text))

    async def end(self) -> None:
        """Send what was kept back, as far as layers let it through before the turn has been judged."""
        if self._filter is not None:
            await self._send(self._filter.end())

    async def complete(self, whole: str) -> None:
        """Send what is missing of the text as the layers answered with it."""
        sent = "".join(self._sent)
        if whole.startswith(sent):
            await self._send(whole[len(sent) :])

    async def _send(self, text: str) -> None:
        if text:
            self._sent.append(text)
            await self._say(text)
