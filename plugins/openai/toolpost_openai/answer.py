"""What is asked of a model and what it answered, in no provider's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a model is asked; `model` is a name, an alias as `chat.fast`, or empty for the default."""

    messages: Sequence[Mapping[str, Any]]
    model: str = ""
    temperature: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class Usage:
    """Tokens, as the provider counted them."""

    input_tokens: int
    output_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, given: Any, input_name: str, output_name: str) -> Usage | None:
        """The usage in a provider's JSON; None where it does not count."""
        if not isinstance(given, Mapping):
            return None
        named = [given.get(name) for name in (input_name, output_name, "total_tokens")]
        counts = [count for count in named if type(count) is int and count >= 0]
        return cls(*counts) if len(counts) == len(named) else None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A complete answer.

    `finish_reason` is `stop`, `length` (cut at max_tokens), `content_filter`
    or what else the provider says. `notes` tell where the provider was asked
    something other than the caller asked.
    """

    text: str
    model: str
    provider: str
    finish_reason: str
    usage: Usage | None = None
    cached_tokens: int = 0
    notes: tuple[str, ...] = ()
    demonstration: bool = False
