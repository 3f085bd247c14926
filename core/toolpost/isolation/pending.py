"""A request to a process that has not been answered yet."""

from __future__ import annotations

from collections import deque

import anyio

from toolpost.isolation.wire import JSONObject

# Progress and lines of the log that may wait for a caller who reads slowly.
TOLD = 1000


class Pending:
    """A request under way, and what has come for it."""

    def __init__(self) -> None:
        self.messages: deque[JSONObject] = deque()
        self._arrived: anyio.Event | None = None

    def add(self, message: JSONObject) -> None:
        """Something has come; of what is only told, not more is kept than anybody could follow."""
        if len(self.messages) > TOLD and "method" in message and "id" not in message:
            return
        self.messages.append(message)
        if self._arrived is not None:
            self._arrived.set()

    async def next(self) -> JSONObject:
        """The next that comes; the answer is the last, and has a `result`, an `error` or `ended`, why there is none."""
        while not self.messages:
            self._arrived = anyio.Event()
            await self._arrived.wait()
            self._arrived = None
        return self.messages.popleft()
