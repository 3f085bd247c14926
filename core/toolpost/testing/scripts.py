"""The person and the model at the other end, by script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolpost.tools.content import Block, text
from toolpost.tools.peer import Sampled

# Fields by name, one value for the only field of a form, a function of the question; None declines.
Scripted = Mapping[str, Any] | Callable[[str], Any] | str | int | float | bool | list[str] | None


class OutOfAnswers(AssertionError):
    """Somebody was asked more often than the script has answers."""


@dataclass
class Person:
    """Answers the questions of tools in order; `asked` is what was asked.

    ```python
    person = Person(True, {"city": "Oslo"}, None)   # yes; a form; declines
    ```
    """

    answers: list[Scripted]
    asked: list[str] = field(default_factory=list)

    def __init__(self, *answers: Scripted) -> None:
        self.answers, self.asked = list(answers), []

    def answer(self, message: str, schema: Mapping[str, Any]) -> dict[str, Any] | None:
        """The fields that the person fills in; None where they decline."""
        self.asked.append(message)
        if not self.answers:
            raise OutOfAnswers(f"the person has no answer to {message!r}; give Person(...) one more")
        given = self.answers.pop(0)
        given = given(message) if callable(given) else given
        if given is None or isinstance(given, Mapping):
            return None if given is None else dict(given)
        fields = list(schema.get("properties", {}))
        if len(fields) != 1:
            raise OutOfAnswers(f"{message!r} has the fields {', '.join(fields)}; answer with a dictionary of them")
        return {fields[0]: given}


@dataclass
class Model:
    """Goes on with texts in order, as the client's own model; `asked` holds the blocks that it was given."""

    answers: list[str]
    asked: list[tuple[Block, ...]]
    name: str = "scripted"

    def __init__(self, *answers: str, name: str = "scripted") -> None:
        self.answers, self.asked, self.name = list(answers), [], name

    def sample(self, blocks: Iterable[Block]) -> Sampled:
        """What the model says next."""
        self.asked.append(tuple(blocks))
        if not self.answers:
            raise OutOfAnswers("the model has nothing more to say; give Model(...) one more text")
        return Sampled((text(self.answers.pop(0)),), self.name, "endTurn")
