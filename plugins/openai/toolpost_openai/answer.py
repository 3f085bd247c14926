"""What is asked of a model and what it answered, in no provider's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    notes: tuple[str, ...] = ()
    demonstration: bool = False


@dataclass
class Draft:
    """An answer while it streams in."""

    parts: list[str] = field(default_factory=list)
    characters: int = 0
    model: str = ""
    finish_reason: str = ""
    usage: Usage | None = None
    declined: bool = False

    def add(self, text: str | None) -> None:
        """Take the next piece of text; anything else raises `TypeError`."""
        if text is None:
            return
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} where text should be")
        self.parts.append(text)
        self.characters += len(text)

    def decline(self, text: str | None) -> None:
        """Take the next piece of the words in which the model declines."""
        self.declined |= bool(text)
        self.add(text)

    @property
    def text(self) -> str:
        """All of it so far.

        A provider may cut between the two halves of an escaped character,
        which come together here; a half that stays alone becomes U+FFFD.
        """
        return "".join(self.parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def remarks(self) -> list[str]:
        """What the caller should know of how the answer ended."""
        if self.finish_reason == "length" and not self.characters:
            return ["max_tokens was used up before any text (reasoning counts too); allow more"]
        if self.finish_reason == "length":
            return ["the answer was cut at max_tokens"]
        if self.finish_reason == "content_filter":
            return ["the provider's content filter cut the answer"]
        if not self.characters:
            return ["the model answered nothing"]
        return ["the model declined to answer"] if self.declined else []
