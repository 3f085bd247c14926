"""What every way to a server can do, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pydantic_core import from_json

JSONObject = dict[str, Any]


class WireError(Exception):
    """The way to the server failed; the text says how, after `the server`."""


class Unsent(WireError):
    """Nothing reached the server, or it said that it did nothing; `retry_after` is in seconds, if it named any."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class Absent(Unsent):
    """Nobody is there, or nobody who knows of us: the way is no more."""


class Denied(WireError):
    """The server refused the request as such, and would again."""


class Lost(WireError):
    """It ended after the request was sent, so nobody knows what was done."""


class Exchange(Protocol):
    """One request under way: what comes for it, and what goes back."""

    number: int
    size: int

    async def next(self) -> JSONObject:
        """What comes next: a notification or request of the server about this one, or the response, which is last.

        Raises:
            Lost: no response will come.
        """
        ...

    def rest(self, rests: bool) -> None:
        """Whether nobody takes what comes until this is said again: questions are refused meanwhile."""
        ...

    async def reply(self, answer: JSONObject) -> None:
        """Answer a request of the server, whose `id` the answer bears."""
        ...

    def end(self, reason: str = "") -> None:
        """It is over; with a reason, nobody waits for the response any more, and the server is told."""
        ...


class Wire(Protocol):
    """One open way to one server.

    `heard` is given what belongs to no request: notifications, and requests
    that it must answer. `version` is the protocol's, once it is agreed on.
    """

    heard: Callable[[JSONObject], None]
    version: str
    stateless: bool
    takes_headers: bool

    async def run(self) -> None:
        """Carry what comes, until this is cancelled.

        Raises:
            WireError: the other side has gone, or misbehaves.
        """
        ...

    async def begin(self, message: JSONObject, headers: Mapping[str, str], caller: str | None) -> Exchange:
        """Send a request, whose `id` is set here; `caller` is whom the server may ask while it runs.

        Raises:
            Unsent: nothing happened.
            WireError: it failed otherwise.
        """
        ...

    async def tell(self, message: JSONObject) -> None:
        """Send a notification or a response; one that cannot be sent is lost."""
        ...

    def listen(self) -> None:
        """The session is agreed on: take what the server says unasked, where that needs a way of its own."""
        ...

    def close(self, reason: str) -> None:
        """It has ended: whoever waits for a response hears why."""
        ...


def error(number: Any, code: int, text: str) -> JSONObject:
    """A response that says no."""
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}}


def result(number: Any, value: JSONObject) -> JSONObject:
    """A response."""
    return {"jsonrpc": "2.0", "id": number, "result": value}


def message_of(data: bytes) -> JSONObject | None:
    """A message of the protocol; None for anything else."""
    try:
        found = from_json(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("jsonrpc") == "2.0" else None
