"""One turn of a model that may call functions: what it is asked, what it says bit by bit, and what it said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolpost_openai.answer import Usage


@dataclass(frozen=True, kw_only=True)
class Function:
    """A function that the model may call; `parameters` is its JSON Schema.

    The name is as the provider takes it: 1 to 64 letters, digits, `_` and `-`.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool | None = None


@dataclass(frozen=True)
class Invocation:
    """A call of a function that the model wants made; `arguments` is the text that it wrote, by intent JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a model is asked.

    `messages` are in the form of Chat Completions, with two additions: a
    message of a tool may hold pictures among its parts (a dialect that takes
    none there puts them where it does), and one of the assistant may hold
    `kept`: what `Said.kept` brought with it, for the dialect that made it.
    `choice` is `auto`, `none`, `required`, or the name of a function.
    `settings` bear Chat Completions' names (`temperature`, `max_completion_tokens`,
    `response_format`, `reasoning_effort`, `stop` …), and are put as the
    dialect and the model want them; what they do not take is left out, with a note.
    `whole` says that nobody wants the answer bit by bit, so that it may come at once.
    """

    messages: Sequence[Mapping[str, Any]]
    model: str = ""
    functions: Sequence[Function] = ()
    choice: str = "auto"
    parallel: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True)
class Text:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True)
class Refusal:
    """The next piece of the words in which the model declines."""

    text: str


@dataclass(frozen=True)
class Thought:
    """The next piece of what the model says of its reasoning, where it says so."""

    text: str


@dataclass(frozen=True)
class Calling:
    """The next piece of a call: `index` tells those of one turn apart; id and name come with the first piece."""

    index: int
    arguments: str
    id: str = ""
    name: str = ""


@dataclass(frozen=True)
class Answering:
    """Which model answers; it comes before all else."""

    model: str


Piece = Text | Refusal | Thought | Calling | Answering
Listener = Callable[[Piece], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Said:
    """A complete turn.

    `finish_reason` is `stop`, `tool_calls`, `length`, `content_filter` or what
    else the provider says. `kept` is for the message of the assistant that
    stands for this turn (see `Turn`). `cached_tokens` and `reasoning_tokens` are parts of `usage`.
    """

    model: str
    provider: str
    finish_reason: str
    text: str = ""
    refusal: str = ""
    thought: str = ""
    invocations: tuple[Invocation, ...] = ()
    usage: Usage | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    kept: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    demonstration: bool = False
