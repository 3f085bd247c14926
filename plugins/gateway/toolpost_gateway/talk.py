"""What a conversation is made of, whichever way in: what is asked, what happens meanwhile, and how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from toolpost import Context, Tool
from toolpost_openai.answer import Usage
from toolpost_openai.turns import Function, Invocation
from toolpost_openai.turns import Refusal as Refusal
from toolpost_openai.turns import Text as Text
from toolpost_openai.turns import Thought as Thought

# When a call of one of our tools needs somebody's yes; "destructive": when it may change or destroy something.
Approval = Literal["never", "destructive", "always"]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The tools of ours that a request wants, as OpenAI's `{"type": "mcp"}` says it.

    `label` names a plugin, an upstream server, or `toolpost` for all of them.
    `allowed` are names of tools, None for all of that label. `approval` maps
    a tool's name to whether it needs a yes; "*" is each other tool. None leaves it to the configuration.
    `place` is where the request says it, for errors; `named` are tools that must be there, each
    with the place where it is named.
    """

    label: str = "toolpost"
    allowed: frozenset[str] | None = None
    approval: Mapping[str, Approval] | None = None
    place: str = field(default="tools", compare=False)
    named: Mapping[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def only(cls, names: Iterable[str] | None) -> tuple[Chosen, ...] | None:
        """The tools of these names, as `Request.chosen` has them: None leaves the choice open, no name is none."""
        if names is None:
            return None
        allowed = frozenset(names)
        return (cls(allowed=allowed),) if allowed else ()


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of a model that may use tools: our own, which the host calls, and the caller's own.

    `messages`, `choice`, `parallel` and `settings` are as in
    `toolpost_openai.turns.Turn`. `functions` are the caller's: their calls are
    returned to it. `chosen` are ours; None is what the caller has by default, () none.
    `decided` are answers to approvals that an earlier turn asked for, by the
    id of the invocation. Two requests with the same `key` (the header
    `Idempotency-Key`) are one: what was paid for is not asked again. `base`
    is where its caller reached this host, if pictures are to be linked for pages elsewhere.
    """

    messages: Sequence[Mapping[str, Any]]
    model: str = ""
    functions: Sequence[Function] = ()
    chosen: Sequence[Chosen] | None = None
    choice: str = "auto"
    parallel: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    decided: Mapping[str, bool] = field(default_factory=dict)
    key: str = ""
    base: str = ""


class Picture(NamedTuple):
    """A picture that a tool made: where it is, and its id in the gallery if it is kept there."""

    title: str
    url: str
    id: str = ""


@dataclass(frozen=True)
class Began:
    """One of our tools is called; `tool` is its name here, `label` the plugin's or upstream server's.

    With `may_wait` a layer may want a yes that comes with another request: then it was not called after all.
    `approval` is the id under which somebody was asked for the yes to it.
    """

    id: str
    tool: str
    label: str
    arguments: str
    title: str = ""
    may_wait: bool = False
    approval: str = ""


@dataclass(frozen=True)
class Advanced:
    """A call under way tells how far it is."""

    id: str
    done: float
    total: float | None = None
    message: str = ""


@dataclass(frozen=True)
class Ended:
    """A call of ours has ended: what it answered, as text, and where its pictures are (Markdown-ready URLs).

    With `waits` it ended at a question whose answer comes with another request, and is made anew then.
    """

    id: str
    tool: str
    text: str
    is_error: bool
    seconds: float
    pictures: tuple[Picture, ...] = ()
    blocks: tuple[Any, ...] = ()  # the answer's content blocks, for surfaces that show pictures themselves
    waits: bool = False


@dataclass(frozen=True)
class Wanted:
    """The model calls a function of the caller's own, which gets it complete."""

    invocation: Invocation


@dataclass(frozen=True)
class Approve:
    """A call of ours waits for somebody's yes, which the next request brings."""

    invocation: Invocation
    tool: str
    label: str
    why: str


@dataclass(frozen=True)
class Answers:
    """Which model answers; each turn may have another."""

    model: str


Event = Answers | Text | Refusal | Thought | Began | Advanced | Ended | Wanted | Approve
Emit = Callable[[Event], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a request ended.

    `messages` are those to append to the request's own for a history that is
    valid whatever failed: the assistant's, the tools', the assistant's last.
    `finish_reason` is `stop`, `length`, `content_filter`, or `tool_calls`
    where `wanted` waits for the caller. `approvals` wait for a yes. `usage` is
    the sum over all rounds. `notes` say where something else was done than was asked.
    """

    messages: Sequence[Mapping[str, Any]]
    finish_reason: str
    model: str
    provider: str
    text: str = ""
    refusal: str = ""
    usage: Usage | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    wanted: tuple[Invocation, ...] = ()
    approvals: tuple[Approve, ...] = ()
    rounds: int = 1
    notes: tuple[str, ...] = ()
    demonstration: bool = False


class Approver(Protocol):
    """Who is asked whether a call may be made."""

    async def __call__(self, tool: Tool, arguments: Mapping[str, Any], why: str) -> bool | None:
        """Yes, no, or None: the answer comes with a later request."""
        ...


@runtime_checkable
class Loader(Protocol):
    """A plugin that loads pictures safely; `pictures` does."""

    async def load(self, source: str, context: Context) -> Any: ...
    async def inspect(self, data: bytes) -> Any: ...
    async def fit(self, picture: Any, max_bytes: int, max_side: int = 0) -> Any: ...
    async def convert(self, picture: Any, mime_type: str) -> Any: ...


@runtime_checkable
class Lender(Protocol):
    """A plugin that makes links which show a picture to whoever has them; `gallery` does."""

    async def lend(self, principal: str, identifier: str) -> str | None: ...
