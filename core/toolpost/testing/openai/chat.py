"""Chat Completions: an answer, and the chunks of its stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolpost.testing.openai.texts import ToolUse, Turn


def completion(turn: Turn, model: str, usage: tuple[int, int]) -> dict[str, Any]:
    """A whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": turn.text or None, "refusal": turn.refusal or None}
    if turn.thoughts:
        message["reasoning_content"] = "".join(turn.thoughts)
    if turn.calls:
        message["tool_calls"] = [_call(use) for use in turn.calls]
    choice = {"index": 0, "message": message, "finish_reason": turn.finish, "logprobs": None}
    return {**_head("chat.completion", model), "choices": [choice], "usage": _usage(turn, usage)}


def chunks(turn: Turn, model: str, usage: tuple[int, int] | None) -> Iterator[dict[str, Any]]:
    """The same as a stream; the last chunk has the usage, if the request wants it."""
    yield _chunk(model, {"role": "assistant", "content": ""})
    for thought in turn.thoughts:
        yield _chunk(model, {"reasoning_content": thought})
    for text in turn.texts:
        yield _chunk(model, {"content": text})
    if turn.refusal:
        yield _chunk(model, {"refusal": turn.refusal})
    for index, use in enumerate(turn.calls):
        # As OpenAI sends it: the name first, and then the arguments in parts.
        half = len(use.arguments) // 2
        yield _chunk(
            model, {"tool_calls": [{"index": index, **_call(use), "function": {"name": use.name, "arguments": ""}}]}
        )
        for part in (use.arguments[:half], use.arguments[half:]):
            yield _chunk(model, {"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    yield _chunk(model, {}, turn.finish)
    if usage is not None:
        yield {**_head("chat.completion.chunk", model), "choices": [], "usage": _usage(turn, usage)}


def _head(kind: str, model: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": model}


def _chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_head("chat.completion.chunk", model), "choices": [choice]}


def _call(use: ToolUse) -> dict[str, Any]:
    return {"id": use.call_id, "type": "function", "function": {"name": use.name, "arguments": use.arguments}}


def _usage(turn: Turn, usage: tuple[int, int]) -> dict[str, Any]:
    sent, said = usage
    return {
        "prompt_tokens": sent,
        "prompt_tokens_details": {"cached_tokens": turn.cached},
        "completion_tokens": said,
        "completion_tokens_details": {"reasoning_tokens": turn.reasoned},
        "total_tokens": sent + said,
    }
