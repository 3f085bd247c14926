"""What a task waits for its client to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anyio

JSONObject = dict[str, Any]


@dataclass
class Waiting:
    """One question: as it goes to the client, and what came back."""

    request: JSONObject
    arrived: anyio.Event = field(default_factory=anyio.Event)
    answer: Any = None


@dataclass
class Questions:
    """Questions by keys, none of which is used twice by one task; `changed` hears when they come and go."""

    changed: Callable[[], object]
    pending: dict[str, Waiting] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    @property
    def requests(self) -> JSONObject:
        """What is to be answered."""
        return {key: waiting.request for key, waiting in self.pending.items()}

    async def ask(self, key: str, request: JSONObject) -> Any:
        """The client's answer, whenever it comes."""
        key, waiting = self._unused(key), Waiting(request)
        self.pending[key] = waiting
        self.changed()
        try:
            await waiting.arrived.wait()
        finally:
            if self.pending.pop(key, None) is not None:
                self.changed()
        return waiting.answer

    def take(self, answers: JSONObject) -> None:
        """The client brought answers; those to nothing are left alone."""
        for key, answer in answers.items():
            waiting = self.pending.pop(key, None)
            if waiting is not None:
                waiting.answer = answer
                waiting.arrived.set()
        self.changed()

    def _unused(self, key: str) -> str:
        found, number = key, 1
        while found in self._used:
            number += 1
            found = f"{key}-{number}"
        self._used.add(found)
        return found
