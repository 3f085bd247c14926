"""What passes between the thread of the host and that of the terminal: events, and questions with their answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import anyio

from toolpost_gateway.talk import Event
from toolpost_gateway.terminal.album import Kept


@dataclass
class Asked:
    """Something that only the person can answer; `put` asks, in the thread of the terminal."""

    put: Callable[[], Any]
    answer: Any = None
    answered: anyio.Event = field(default_factory=anyio.Event)

    async def settle(self, answer: Any) -> None:
        """Pass the answer on, in the thread of the host."""
        self.answer = answer
        self.answered.set()


# What comes from the host's thread; a text is a line for the person, and None the end.
Heard = SimpleQueue[Event | Kept | Asked | str | None]


async def answered(heard: Heard, put: Callable[[], Any]) -> Any:
    """What the person answers."""
    asked = Asked(put)
    heard.put(asked)
    await asked.answered.wait()
    return asked.answer
