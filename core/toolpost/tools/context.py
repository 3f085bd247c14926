"""What a tool and the layers around it know of the call, and can do while it runs."""

from __future__ import annotations

import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, Literal, TypeVar

import anyio
import anyio.from_thread

from toolpost.errors import Refused

Answer = TypeVar("Answer")
Report = Callable[[float, float | None, str | None], Awaitable[None]]
Ask = Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any] | None]]
Era = Literal["handshake", "stateless"]

# Random by process and counted within it: a random name for each call would cost as much as a layer.
_PROCESS = secrets.token_hex(3)
_COUNTED = count(1)


@dataclass(frozen=True)
class Client:
    """Who is at the other end, and what it can take.

    `era` is the protocol generation it speaks: `handshake` up to 2025-11-25,
    `stateless` from 2026-07-28, None where the way in is not MCP.
    """

    name: str = ""
    version: str = ""
    era: Era | None = None
    result_bytes: int | None = None
    call_seconds: float | None = None


@dataclass(frozen=True)
class Note:
    """One line of the decision trace: which layer decided what. Never holds personal data."""

    layer: str
    text: str


@dataclass(eq=False)
class Context:
    """The call's surroundings; a tool has it by naming a parameter of this type.

    A surface fills `report` and `question`, which `progress` and `ask` stand
    on; without them progress goes nowhere and asking is refused.
    """

    principal: str = "local"
    client: Client = field(default_factory=Client)
    surface: str = "python"
    report: Report | None = field(default=None, repr=False)
    question: Ask | None = field(default=None, repr=False)
    notes: list[Note] = field(default_factory=list)
    timings: list[tuple[str, float]] | None = None
    deadline: float = math.inf
    _done: float = field(default=-math.inf, repr=False)

    @cached_property
    def call_id(self) -> str:
        """A name for this call that no other has, in logs and in what a crash tells the model."""
        return f"{_PROCESS}-{next(_COUNTED):x}"

    @property
    def remaining(self) -> float:
        """Seconds until the nearest deadline of this call, or around it; infinite without one."""
        return min(self.deadline, anyio.current_effective_deadline()) - anyio.current_time()

    @property
    def blocking(self) -> Blocking:
        """The same for a plain function, which the host runs in a thread."""
        return Blocking(self)

    def note(self, layer: str, text: str) -> None:
        """Add a line to the decision trace of this call."""
        self.notes.append(Note(layer, text))

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the caller how far the work is; what would go backwards is not sent."""
        if self.report is None or done <= self._done or not math.isfinite(done):
            return
        self._done = done
        await self.report(done, total, message)

    async def say(self, message: str) -> None:
        """Tell the caller what is going on, without claiming that anything advanced."""
        nudge = max(self._done, 0.0)
        await self.progress(math.nextafter(nudge, math.inf) if nudge else 1e-9, None, message)

    async def ask(self, message: str, answer: type[Answer]) -> Answer:
        """Ask the person at the client, and return their answer as an `answer`.

        `answer` is a pydantic model or a dataclass of plain fields, or `bool`
        for a yes or no. On a stateless connection the client calls the tool
        once more with the answer: what stands before `ask` runs again, so ask
        before you act.

        Raises:
            Refused: the person declined, or this client cannot ask.
        """
        if self.question is None:
            raise Refused("this needs an answer from a person, and this client cannot ask one")
        # pydantic builds forms only for those who ask, so it is not imported with the contract.
        from toolpost.tools.form import Form

        form = Form(answer)
        given = await self.question(message, form.schema)
        if given is None:
            raise Refused("the person who was asked declined")
        return form.read(given)


@dataclass(frozen=True)
class Blocking:
    """`Context` for a function that runs in a thread of the host."""

    context: Context

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """As `Context.progress`."""
        anyio.from_thread.run(self.context.progress, done, total, message)

    def ask(self, message: str, answer: type[Answer]) -> Answer:
        """As `Context.ask`."""
        return anyio.from_thread.run(self.context.ask, message, answer)

    def check(self) -> None:
        """Raise the cancellation if the caller has gone: call it now and then in long loops."""
        anyio.from_thread.check_cancelled()


class InputRequired(BaseException):
    """Ends a round of a stateless call: the client must bring answers and call again.

    Not an `Exception`, so that a tool that catches those does not swallow it.
    `requests` holds the SDK's input requests by key; `state` is what the next
    round needs to know.
    """

    def __init__(self, requests: Mapping[str, Any], state: str) -> None:
        super().__init__("the client must answer first")
        self.requests = requests
        self.state = state
