"""Chat Completions: what every compatible server speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from toolpost_openai.catalogue import Model
from toolpost_openai.dialects.chat_messages import messages_of
from toolpost_openai.dialects.kept import keep, origin
from toolpost_openai.dialects.settings import for_chat
from toolpost_openai.draft import Draft
from toolpost_openai.drafted_calls import text_of
from toolpost_openai.failures import StreamFailed
from toolpost_openai.server import Server
from toolpost_openai.turns import Function, Piece, Turn

EMPTY = {"type": "object", "properties": {}}
STREAMED = {"stream": True, "stream_options": {"include_usage": True}}
# What compatible servers call the model's reasoning.
THOUGHTS = ("reasoning_content", "reasoning")


class ChatCompletions:
    """`POST /chat/completions`."""

    path = "/chat/completions"

    def request(self, turn: Turn, model: Model, server: Server, notes: list[str]) -> dict[str, Any]:
        """The body."""
        source = origin("chat", server, model)
        body = {
            "model": model.name,
            "messages": messages_of(turn.messages, server, source),
            **({"stream": False} if turn.whole else STREAMED),
            **for_chat(turn.settings, model, server, notes),
            **_functions(turn),
        }
        if server.official and turn.functions and model.reasons and model.none:
            # From gpt-5.6 on the models take functions here only so.
            body.setdefault("reasoning_effort", "none")
        return body

    def read(self, event: Any, draft: Draft) -> Iterable[Piece]:
        """Take one chunk; the usage comes in a last one, without choices."""
        if event.get("error"):
            raise StreamFailed(_error(event["error"]))
        draft.model = str(event.get("model") or draft.model)
        if usage := event.get("usage"):
            draft.count(usage, "prompt", "completion")
        pieces: list[Piece] = []
        for choice in event.get("choices") or ():
            if not choice.get("index"):
                pieces.extend(_heard(choice, draft))
        return pieces

    def kept(self, draft: Draft, source: str) -> tuple[Mapping[str, Any], ...]:
        """What models of other makers want back between calls: their reasoning, and what they signed calls with."""
        if not draft.calls.made or not (draft.thought.parts or any(call.more for call in draft.calls.made)):
            return ()
        signed = {call.id: call.more for call in draft.calls.made if call.more}
        return keep([{"reasoning": str(draft.thought), "name": draft.thought_name, "calls": signed}], source)


def _heard(choice: Mapping[str, Any], draft: Draft) -> Iterator[Piece]:
    delta = choice.get("delta") or _whole(choice.get("message") or {})
    content = delta.get("content")
    if content:
        yield from draft.say(content) if isinstance(content, str) else _parts(content, draft)
    for name in THOUGHTS:
        if isinstance(thought := delta.get(name), str) and thought:
            draft.thought_name = name
            yield from draft.think(thought)
            break
    if refusal := delta.get("refusal"):
        yield from draft.decline(refusal)
    for entry in delta.get("tool_calls") or ():
        yield from draft.calls.hear(entry)
    if reason := choice.get("finish_reason"):
        draft.finish_reason = text_of(reason)


def _whole(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A whole message as a piece; in it each call stands alone, whatever numbers and ids they have."""
    calls = message.get("tool_calls") or ()
    return {**message, "tool_calls": [{**call, "index": place} for place, call in enumerate(calls)]}


def _parts(content: Any, draft: Draft) -> Iterator[Piece]:
    """The parts of a content, as some servers stream them."""
    for part in content:
        match part:
            case {"type": "text", "text": text}:
                yield from draft.say(text)
            case {"type": "thinking", "thinking": thoughts}:
                for thought in thoughts if isinstance(thoughts, list) else [{"text": thoughts}]:
                    yield from draft.think(thought["text"])
            case {"type": str()}:
                # What we have no use for, as references.
                continue
            case _:
                raise TypeError("a part of a content has no type")


def _error(error: Any) -> Mapping[str, Any]:
    return error if isinstance(error, Mapping) else {"message": str(error)}


def _functions(turn: Turn) -> dict[str, Any]:
    if not turn.functions:
        return {}
    body: dict[str, Any] = {"tools": [{"type": "function", "function": _function(one)} for one in turn.functions]}
    if turn.choice in ("none", "required"):
        body["tool_choice"] = turn.choice
    elif turn.choice != "auto":
        body["tool_choice"] = {"type": "function", "function": {"name": turn.choice}}
    return body if turn.parallel else {**body, "parallel_tool_calls": False}


def _function(function: Function) -> dict[str, Any]:
    strict = {} if function.strict is None else {"strict": function.strict}
    described = {"description": function.description} if function.description else {}
    return {"name": function.name, **described, "parameters": dict(function.parameters) or EMPTY, **strict}
