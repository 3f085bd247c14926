"""Somebody who calls: a `Context` that keeps what it was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from toolpost.errors import Refused
from toolpost.testing.scripts import Model, Person
from toolpost.tools.context import EVERYTHING, Client, Context
from toolpost.tools.peer import Inquiry, Level, Question, Root, Sampling


class Progress(NamedTuple):
    """What a tool reported."""

    done: float
    total: float | None
    message: str | None


@dataclass(eq=False)
class Caller(Context):
    """A context for one call: `reports` is its progress, `lines` what it logged, `person.asked` what it asked.

    `reports` holds everything that the tool said, also what goes backwards
    and would not be sent.
    """

    reports: list[Progress] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    person: Person = field(default_factory=Person, repr=False)

    async def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """As `Context.progress`, kept besides."""
        self.reports.append(Progress(done, total, message))
        await super().progress(done, total, message)


@dataclass
class ScriptedPeer:
    """The client of a `Caller`, by script."""

    lines: list[tuple[str, str]]
    person: Person | None
    model: Model | None
    places: tuple[Root, ...] | None
    memory: dict[str, Any] = field(default_factory=dict)

    def can(self, capability: str) -> bool:
        """Whether the script has it."""
        has = {"elicitation": self.person, "sampling": self.model, "roots": self.places}
        return has.get(capability) is not None

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        """The next answer of the script."""
        match inquiry:
            case Question(message, schema):
                return await self.question(message, schema)
            case Sampling(messages) if self.model is not None:
                return self.model.sample(block for _, block in messages)
            case _ if self.places is not None:
                return self.places
        raise Refused("this caller has no answer to that")

    async def question(self, message: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the person answers."""
        assert self.person is not None  # else the context would have refused
        return self.person.answer(message, schema)

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """Keep a line."""
        self.lines.append((level, message))

    async def release(self) -> None:
        """Nobody waits."""


def principal(
    name: str = "ann",
    scopes: Iterable[str] = EVERYTHING,
    *,
    person: Person | None = None,
    model: Model | None = None,
    roots: Iterable[str] | None = None,
    surface: str = "python",
    client: Client | None = None,
) -> Caller:
    """A context of somebody by name, for one call; without a `person` nobody can be asked, and so on.

    ```python
    ann = principal("ann", scopes={"call"}, person=Person(True))
    await host.call("index", {"folder": "docs"}, ann)
    assert [report.done for report in ann.reports] == [0, 1, 2]
    ```
    """
    lines: list[tuple[str, str]] = []
    places = None if roots is None else tuple(Root(uri) for uri in roots)
    peer = ScriptedPeer(lines, person, model, places)
    return Caller(
        principal=name,
        scopes=frozenset(scopes),
        surface=surface,
        client=client or Client(),
        peer=peer,
        question=peer.question if person is not None else None,
        lines=lines,
        person=person or Person(),
    )
