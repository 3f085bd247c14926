"""Requests under way, and whose of them something is that the server says without saying so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from toolpost_upstream.wires.wire import JSONObject, error, result

INVALID_REQUEST = -32600
CANCELLED, PROGRESS, MESSAGE = "notifications/cancelled", "notifications/progress", "notifications/message"
SUBSCRIBE = "resources/subscribe"
# Requests under way at once; the next one is refused, and may be tried again.
MOST = 1000


# What may wait for whoever sent a request: questions, which a person may think about for long, and reports.
QUESTIONS, REPORTS, HELD = 16, 1000, 8 * 1024 * 1024


class Heard:
    """What has come for a request, and was not taken yet; `rests` as long as nobody takes anything."""

    def __init__(self) -> None:
        self._all = deque[tuple[JSONObject, int]]()
        self._questions = self._bytes = 0
        self.rests = False

    def __len__(self) -> int:
        return len(self._all)

    def add(self, message: JSONObject, size: int) -> bool:
        """Keep something; False where there is no room for it. A response always has."""
        if "method" in message:
            is_question = "id" in message
            if self._bytes + size > HELD or (len(self._all) >= REPORTS and not is_question):
                return False
            if is_question and (self.rests or self._questions >= QUESTIONS):
                return False
            self._questions += is_question
        self._bytes += size
        self._all.append((message, size))
        return True

    def take(self) -> JSONObject:
        """The oldest."""
        message, size = self._all.popleft()
        self._bytes -= size
        self._questions -= "method" in message and "id" in message
        return message


class Listener(Protocol):
    """A request that is told what comes; `caller` is whom the server may ask meanwhile, None for nobody."""

    caller: str | None
    method: str

    def add(self, message: JSONObject, size: int = 0) -> bool:
        """Something of so many bytes has come for it; False where it has no room for that."""
        ...


One = TypeVar("One", bound="Listener")


class UnderWay(dict[int, One]):
    """All requests of a wire that are not answered yet, by number."""

    def only_one(self) -> One | None:
        """The last call under way, if all that are have the same caller."""
        calls = [one for one in self.values() if one.caller is not None]
        return calls[-1] if calls and all(one.caller == calls[0].caller for one in calls) else None

    def asked(self) -> One | None:
        """Who is meant by a question that does not say it.

        Some servers ask whoever subscribes to something, which here is
        nobody's doing: that question must not reach a person.
        """
        last = next(reversed(self.values()), None)
        return None if last is not None and last.method == SUBSCRIBE else self.only_one()

    def pass_on(self, message: JSONObject, size: int, heard: Callable[[JSONObject], None]) -> JSONObject | None:
        """Bring what is no response to whom it concerns; what the server is to be answered, if anything."""
        method, number = message.get("method"), message.get("id")
        if number is not None:
            return self._ask(message, size, method, number)
        if method == PROGRESS:
            self._progress(message, size)
        elif method == MESSAGE and (one := self.only_one()) is not None:
            one.add(message, size)
        else:
            heard(message)
        return None

    def _ask(self, message: JSONObject, size: int, method: Any, number: Any) -> JSONObject | None:
        if method == "ping":
            return result(number, {})
        if (one := self.asked()) is not None:
            return None if one.add(message, size) else error(number, INVALID_REQUEST, "too many questions wait already")
        text = "calls of several callers are under way, or none, so nobody knows who is asked"
        return error(number, INVALID_REQUEST, text)

    def _progress(self, message: JSONObject, size: int) -> None:
        params = message.get("params")
        token = params.get("progressToken") if isinstance(params, dict) else None
        if type(token) is int and (one := self.get(token)) is not None:
            one.add(message, size)
