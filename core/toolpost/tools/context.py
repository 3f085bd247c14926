"""What a tool and the layers around it know of the call, and can do while it runs."""

from __future__ import annotations

import math
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar, overload

import anyio

from toolpost.errors import Refused
from toolpost.lettered import LETTERS, lettered
from toolpost.tools.blocking import Blocking
from toolpost.tools.client import Client as Client
from toolpost.tools.client import Era as Era
from toolpost.tools.note import Note
from toolpost.tools.rounds import InputRequired as InputRequired
from toolpost.tools.rounds import at_once, together

if TYPE_CHECKING:
    from toolpost.tools.content import Content
    from toolpost.tools.departure import Departure
    from toolpost.tools.peer import Level, Peer, Role, Root, Sampled

Answer = TypeVar("Answer")
First = TypeVar("First")
Second = TypeVar("Second")
Third = TypeVar("Third")
Report = Callable[[float, float | None, str | None], Awaitable[None]]
Ask = Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any] | None]]

# Random by process and counted within it: a random name for each call would cost as much as a layer.
_PROCESS = secrets.token_hex(3).translate(LETTERS)
_COUNTED = count(1)
# What a caller may do: whoever runs toolpost by hand may do all of it.
EVERYTHING = frozenset({"call", "admin"})


@dataclass(eq=False)
class Context:
    """The call's surroundings; a tool has it by naming a parameter of this type.

    A surface fills `report` and `question`, which `progress` and `ask` stand
    on; without them progress goes nowhere and asking is refused. One that
    speaks MCP also fills `peer`, for all that only its clients can do, and
    `departure` where the call may go on after its request.
    """

    principal: str = "local"
    client: Client = field(default_factory=Client)
    surface: str = "python"
    scopes: frozenset[str] = EVERYTHING
    report: Report | None = field(default=None, repr=False)
    question: Ask | None = field(default=None, repr=False)
    peer: Peer | None = field(default=None, repr=False)
    departure: Departure | None = field(default=None, repr=False)
    notes: list[Note] = field(default_factory=list)
    timings: list[tuple[str, float]] | None = None
    deadline: float = math.inf
    # What the client brought of an earlier round of this call, opened; "" in the first.
    carried: str = field(default="", repr=False)
    _done: float = field(default=-math.inf, repr=False)

    @cached_property
    def call_id(self) -> str:
        """A name for this call that no other has, in logs and in what a crash tells the model."""
        return f"{_PROCESS}-{lettered(next(_COUNTED))}"

    @property
    def remaining(self) -> float:
        """Seconds until the nearest deadline of this call, or around it; infinite without one."""
        return min(self.deadline, anyio.current_effective_deadline()) - anyio.current_time()

    @property
    def blocking(self) -> Blocking:
        """The same for a plain function, which the host runs in a thread."""
        return Blocking(self)

    def note(
        self, layer: str, text: str = "", *, decision: str = "", counts: Mapping[str, float] | None = None
    ) -> None:
        """Add a line to the decision trace of this call."""
        self.notes.append(Note(layer, text, decision, counts or {}))

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the caller how far the work is; what would go backwards is not sent.

        Each message is masked by itself: say what belongs together in one.
        """
        if self.report is None or done <= self._done or not math.isfinite(done):
            return
        self._done = done
        await self.report(done, total, message)

    async def say(self, message: str) -> None:
        """Tell the caller what is going on, without claiming that anything advanced."""
        nudge = max(self._done, 0.0)
        await self.progress(math.nextafter(nudge, math.inf) if nudge else 1e-9, None, message)

    async def log(self, level: Level, message: str, logger: str | None = None) -> None:
        """Send a line to the client's own log, if it wants lines of that level; it passes the layers that mask text."""
        if self.peer is not None:
            await self.peer.log(level, message, logger)

    def can(self, capability: str) -> bool:
        """Whether the client can do something: `elicitation` (which is `ask`), `sampling`, `roots` …"""
        if self.peer is not None:
            return self.peer.can(capability)
        return capability == "elicitation" and self.question is not None

    def require(self, *capabilities: str) -> None:
        """Insist on what the client must be able to do; a tool that can do without asks `can` instead.

        Raises:
            MissingCapability: it cannot. Clients of 2026-07-28 get an error of the protocol.
        """
        if missing := [name for name in capabilities if not self.can(name)]:
            from toolpost.tools.peer import MissingCapability

            raise MissingCapability(missing)

    @overload
    async def ask(self, message: str, answer: type[Answer], *, key: str | None = None) -> Answer: ...
    @overload
    async def ask(self, message: str, answer: Mapping[str, Any], *, key: str | None = None) -> Mapping[str, Any]: ...
    async def ask(self, message: str, answer: Any, *, key: str | None = None) -> Any:
        """Ask the person at the client, and return their answer as an `answer`.

        `answer` is a pydantic model or a dataclass of plain fields, or `bool`
        for a yes or no; or the JSON Schema of a flat form, and then the
        answer comes as a mapping. On a stateless connection the client calls
        the tool once more with the answer: what stands before `ask` runs
        again, so ask before you act, or keep what was done with `once`. `key`
        is the name by which such a client knows the question.

        Raises:
            Refused: the person declined, or this client cannot ask.
            InvalidArguments: the answer does not fit.
        """
        # pydantic builds forms only for those who ask, so it is not imported with the contract.
        from toolpost.tools.asking import asked
        from toolpost.tools.form import Form

        form: Form[Any] = Form(answer)
        given = await asked(self, message, form.schema, key)
        if given is None:
            raise Refused("the person who was asked declined")
        return form.read(given)

    async def confirm(self, message: str, *, key: str | None = None) -> bool:
        """Whether the person at the client says yes; declining to answer is a no.

        Raises:
            Refused: this client cannot ask.
        """
        from toolpost.tools.asking import asked
        from toolpost.tools.form import Form

        form = Form(bool)
        given = await asked(self, message, form.schema, key)
        return given is not None and form.read(given)

    async def sample(
        self,
        messages: str | Iterable[tuple[Role, Content]],
        *,
        max_tokens: int,
        system: str | None = None,
        temperature: float | None = None,
        stop: Iterable[str] = (),
        key: str | None = None,
    ) -> Sampled:
        """Have the client's own model go on with a text, or with messages by role; rounds and `key` are as in `ask`.

        The answer is a model's, and may have been led astray: do not act on it unseen.

        Raises:
            Refused: this client cannot, or did not.
        """
        # What few tools want is not imported with the contract.
        from toolpost.tools.asking import inquired
        from toolpost.tools.peer import Sampling, conversation

        wanted = Sampling(conversation(messages), max_tokens, system, temperature, tuple(stop))
        answer: Sampled = await inquired(self, "sampling", wanted, key)
        return answer

    async def roots(self, *, key: str | None = None) -> list[Root]:
        """The folders and places that the client works in; rounds and `key` are as in `ask`.

        Raises:
            Refused: this client does not tell.
        """
        from toolpost.tools.asking import inquired
        from toolpost.tools.peer import RootsWanted

        return list(await inquired(self, "roots", RootsWanted(), key))

    @overload
    async def together(self, first: Awaitable[First], second: Awaitable[Second], /) -> tuple[First, Second]: ...
    @overload
    async def together(
        self, first: Awaitable[First], second: Awaitable[Second], third: Awaitable[Third], /
    ) -> tuple[First, Second, Third]: ...
    @overload
    async def together(self, *wishes: Awaitable[Any]) -> tuple[Any, ...]: ...
    async def together(self, *wishes: Awaitable[Any]) -> tuple[Any, ...]:
        """Ask for several things at once, where the client takes them so, instead of one after the other.

        ```python
        name, roots = await context.together(context.ask("Who are you?", Person), context.roots())
        ```
        """
        if self.departure is not None and await self.departure.asks_aside():
            return await at_once(wishes)
        return await together(wishes)

    async def once(self, key: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `work` gives: done in the first round of a call, and remembered in those after it.

        The client carries it, sealed, so it must be JSON and not large.
        """
        memory = self.peer.memory if self.peer is not None else {}
        if key not in memory:
            memory[key] = await work()
        answer: Answer = memory[key]
        return answer

    async def release(self) -> None:
        """Let go of the connection that waits for the answer, while long work goes on.

        Clients of 2025-11-25 over HTTP come back for it, and so do those of
        2026-07-28 that know tasks, where `Tool.task` allows it; elsewhere
        nothing happens.
        """
        if self.peer is not None:
            await self.peer.release()

    def begun(self, job: str) -> None:
        """For a layer that has written the call down under this name, so that it can be found; "" where none was."""
        if self.departure is not None:
            self.departure.begun(job)
