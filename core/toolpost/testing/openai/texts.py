"""What a model says: texts and calls of tools, in both dialects, whole and as a stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolpost.testing.openai.received import Received
from toolpost.testing.openai.wire import DONE, Answer, Reply, events, usage_of, whole

SEALED = "reasoning.encrypted_content"


@dataclass(frozen=True)
class ToolUse:
    """A call that the model wants made."""

    name: str
    arguments: str
    call_id: str


@dataclass(frozen=True)
class Turn:
    """One turn of a model: thoughts and texts as they come in a stream, then calls.

    `finish` is Chat Completions' reason. `cached` and `reasoned` are tokens of
    the bill. A model that thinks wants its reasoning back in Responses, which
    is sealed where the request includes that.
    """

    texts: Sequence[str]
    calls: Sequence[ToolUse] = ()
    finish: str = "stop"
    model: str = ""
    thoughts: Sequence[str] = ()
    refusal: str = ""
    cached: int = 0
    reasoned: int = 0

    @property
    def text(self) -> str:
        """The texts as one."""
        return "".join(self.texts)


def say(*texts: str, finish: str = "stop", model: str = "") -> Reply:
    """A text, in a stream in these pieces; `finish="length"` is one that was cut short."""
    return turn(Turn(texts, finish=finish, model=model))


def call_tool(name: str, /, *, text: str = "", **arguments: Any) -> Reply:
    """A call of a tool; several at once are a `turn` of several `ToolUse`."""
    use = ToolUse(name, json.dumps(arguments), f"call_{name}")
    return turn(Turn([text] if text else [], [use], "tool_calls"))


def call_tools(*uses: ToolUse, text: str = "") -> Reply:
    """Calls of several tools in one turn."""
    return turn(Turn([text] if text else [], uses, "tool_calls"))


def turn(what: Turn) -> Reply:
    """A whole turn, by hand."""
    # Each dialect is a module of its own, which needs the turn.
    from toolpost.testing.openai.chat import chunks, completion
    from toolpost.testing.openai.responses import response, steps

    def reply(request: Received) -> Answer:
        model = what.model or str(request.asks("model", "served-model"))
        usage = usage_of(request, what.text + "".join(use.arguments for use in what.calls))
        if request.path.endswith("/responses"):
            made = response(what, model, usage, sealed=SEALED in request.asks("include", []))
            return events(steps(what, made)) if request.streams else whole(made)
        if request.streams:
            with_usage = bool(request.asks("stream_options", {}).get("include_usage"))
            return events(chunks(what, model, usage if with_usage else None), DONE)
        return whole(completion(what, model, usage))

    return reply
