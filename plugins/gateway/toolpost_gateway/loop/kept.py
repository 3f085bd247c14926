"""An answer as it is kept for whoever asks the same again: what was heard of it, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from toolpost_gateway.talk import (
    Advanced,
    Answers,
    Approve,
    Began,
    Ended,
    Event,
    Outcome,
    Refusal,
    Text,
    Thought,
    Wanted,
)

# Bytes of an answer with its messages; above, it is not kept.
MOST = 4_000_000
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Answers, Text, Refusal, Thought, Began, Ended, Wanted, Approve, Outcome)
}
OUTCOME = Outcome.__name__
WORDS = (Text, Refusal, Thought)


@dataclass(frozen=True)
class Kept:
    """An outcome, the events on the way, and what was added to the history."""

    outcome: Outcome
    events: Sequence[Event]
    said: Sequence[Any]


def dumped(kept: Kept) -> Any:
    """An answer as JSON; None where it is too large, or no JSON."""
    try:
        events = [[_name(event), _adapter(_name(event)).dump_python(event, mode="json")] for event in _told(kept)]
        found = [_adapter(OUTCOME).dump_python(kept.outcome, mode="json"), events, list(kept.said)]
        size = len(to_json(found))
    except ValueError:
        return None
    return found if size <= MOST else None


def loaded(found: Any) -> Kept:
    """The same again."""
    outcome, events, said = found
    told = [_adapter(kind).validate_python(event) for kind, event in events]
    return Kept(_adapter(OUTCOME).validate_python(outcome), told, said)


def _told(kept: Kept) -> Iterator[Event]:
    """The events that tell something when all is over, words in one piece."""
    told: list[Event] = []
    for event in kept.events:
        last = told[-1] if told else None
        if isinstance(event, WORDS) and isinstance(last, WORDS) and type(event) is type(last):
            told[-1] = replace(last, text=last.text + event.text)
        elif isinstance(event, Ended):
            told.append(replace(event, blocks=()))
        elif not isinstance(event, Advanced):
            told.append(event)
    return iter(told)


def _name(event: Event) -> str:
    return type(event).__name__


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(KINDS[kind])
