"""What a request has come to: the sums of its turns, and the outcome that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from toolpost_gateway.loop.answer import added
from toolpost_gateway.loop.history import Message
from toolpost_gateway.talk import Outcome
from toolpost_openai.answer import Usage
from toolpost_openai.turns import Said

REASONS = frozenset({"stop", "length", "content_filter"})


@dataclass
class Tally:
    """Grows with each turn; `steps` are the complete ones, as messages, which `said` gets as well.

    `before` are those of an earlier request that this one takes up.
    """

    notes: dict[str, None] = field(default_factory=dict)
    steps: list[Message] = field(default_factory=list)
    before: list[Message] = field(default_factory=list)
    said: list[Any] | None = None
    rounds: int = 0
    usage: Usage | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    refusal: str = ""
    last: Said | None = None

    def add(self, said: Said) -> None:
        """Count a turn."""
        self.rounds += 1
        self.usage = added(self.usage, said.usage)
        self.cached_tokens += said.cached_tokens
        self.reasoning_tokens += said.reasoning_tokens
        self.refusal += said.refusal
        self.last = said
        self.note(*said.notes)

    def note(self, *notes: str) -> None:
        """Something else was done than was asked; each is said once."""
        self.notes |= dict.fromkeys(notes)

    def close(self, *messages: Message) -> None:
        """A step is complete."""
        self.steps += messages
        if self.said is not None:
            self.said += messages

    def outcome(self, text: str, open_messages: Sequence[Message] = (), **found: Any) -> Outcome:
        """How the request ended; `open_messages` belong to a turn that waits for the caller."""
        last = self.last or Said(model="", provider="", finish_reason="stop")
        reason = last.finish_reason if last.finish_reason in REASONS else "stop"
        given = {"finish_reason": reason, "refusal": self.refusal, **found}
        return Outcome(
            messages=[*self.steps, *open_messages],
            model=last.model,
            provider=last.provider,
            text=text,
            usage=self.usage,
            cached_tokens=self.cached_tokens,
            reasoning_tokens=self.reasoning_tokens,
            rounds=self.rounds,
            notes=tuple(self.notes),
            demonstration=last.demonstration,
            **given,
        )
