"""What the caller hears while a request is under way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from toolpost import TextFilter, ToolError
from toolpost_gateway.talk import Answers, Emit, Event, Refusal, Text, Thought

Answer = TypeVar("Answer")
Say = Callable[[str], Awaitable[None]]
# What the model says in another round is a paragraph of its own.
BETWEEN = "\n\n"


class Gone(ToolError):
    """The caller hears no more; why is in `Voice.broken`."""


class Voice:
    """Passes events on, one at a time, until the caller takes no more of them.

    With `reserved`, the text of a turn waits until it is known to be the
    answer: where that is to be JSON, nothing may stand before it.
    """

    def __init__(self, emit: Emit, *, reserved: bool = False, in_pieces: bool = True) -> None:
        self._emit, self._reserved, self.in_pieces = emit, reserved, in_pieces
        self._turn = anyio.Lock(fast_acquire=True)
        self._is_telling = False
        self._is_new_round = self._holds = False
        self._said: list[str] = []
        self._held: list[str] = []
        self._told: anyio.Event | None = None
        self._model = ""
        self.broken: Exception | None = None

    @property
    def text(self) -> str:
        """All that was answered."""
        return "".join(self._said)

    async def __call__(self, event: Event) -> None:
        """Tell the caller.

        Raises:
            Gone: it takes no more.
        """
        if not self._is_telling:
            # As nearly always: only calls that are made at once tell of themselves at once.
            await self._tell(event)
            return
        async with self._turn:
            while self._is_telling:
                self._told = anyio.Event()
                await self._told.wait()
            await self._tell(event)

    async def answered(self, question: Awaitable[Answer]) -> Answer:
        """What the caller says to a question; where it fails to say anything, it is as gone as one that hears nothing.

        Raises:
            Gone: it failed.
        """
        try:
            return await question
        except Exception as error:  # as below
            self.broken = error
            raise Gone("the caller has gone") from error

    async def answers(self, model: str) -> None:
        """Which model it is that speaks, where that is news."""
        if model != self._model:
            self._model = model
            await self(Answers(model))

    async def say(self, text: str) -> None:
        """The next piece of the answer."""
        if self._holds:
            self._held.append(text)
            return
        if self._is_new_round and self._said:
            text = BETWEEN + text
        self._is_new_round = False
        self._said.append(text)
        await self(Text(text))

    async def decline(self, text: str) -> None:
        """The next piece of the words in which the model declines."""
        await self(Refusal(text))

    async def think(self, text: str) -> None:
        """The next piece of the model's reasoning."""
        await self(Thought(text))

    def next_round(self, *, may_call: bool = False) -> None:
        """What follows is another turn of the model, which may end in calls."""
        self._is_new_round = True
        self._holds = self._reserved and may_call

    async def settle(self, *, is_answer: bool) -> None:
        """The turn has ended: what waited is the answer, or no more than a thought."""
        held, self._held, self._holds = "".join(self._held), [], False
        if held:
            await (self.say(held) if is_answer else self.think(held))

    async def _tell(self, event: Event) -> None:
        if self.broken is not None:
            raise Gone("the caller has gone")
        self._is_telling = True
        try:
            await self._emit(event)
        except Exception as error:  # whatever it is, it is the caller's, and goes back to it
            self.broken = error
            raise Gone("the caller has gone") from error
        finally:
            self._is_telling = False
            if self._told is not None:
                self._told.set()
                self._told = None


class Flow:
    """The text of one kind in one turn, on its way through the layers to the caller.

    What comes after its end is sent when the turn has been judged.
    """

    def __init__(self, filtered: TextFilter | None, say: Say) -> None:
        self._filter, self._say = filtered, say
        self._sent: list[str] = []
        self._has_ended = False

    async def feed(self, text: str) -> None:
        """Send of the next piece what may be sent now."""
        if not self._has_ended:
            await self._send(text if self._filter is None else self._filter.feed(text))

    async def end(self) -> None:
        """Send what was kept back, as far as layers let it through before the turn has been judged."""
        if self._filter is not None and not self._has_ended:
            self._has_ended = True
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
