"""Responses: an answer, and the events of its stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolpost.testing.openai.texts import ToolUse, Turn

# The reasons of an incomplete answer, by Chat Completions' name for them.
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
# What an item lacks when it begins.
BARE: dict[str, dict[str, Any]] = {
    "reasoning": {"summary": []},
    "message": {"content": [], "status": "in_progress"},
    "function_call": {"arguments": "", "status": "in_progress"},
}


def response(turn: Turn, model: str, usage: tuple[int, int], *, sealed: bool = False) -> dict[str, Any]:
    """A whole answer; `sealed` says that its reasoning comes in a form that can be sent back."""
    sent, said = usage
    reason = INCOMPLETE.get(turn.finish)
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": list(_output(turn, sealed=sealed)),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": sent,
            "input_tokens_details": {"cached_tokens": turn.cached},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": turn.reasoned},
            "total_tokens": sent + said,
        },
    }


def steps(turn: Turn, made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same as a stream."""
    for number, event in enumerate(_events(turn, made)):
        yield {**event, "sequence_number": number}


def _events(turn: Turn, made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    begun = {**made, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    yield {"type": "response.created", "response": begun}
    for place, item in enumerate(made["output"]):
        yield from _of_item(turn, place, item)
    yield {"type": f"response.{made['status']}", "response": made}


def _of_item(turn: Turn, place: int, item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    where = {"item_id": item["id"], "output_index": place}
    yield {"type": "response.output_item.added", "output_index": place, "item": {**item, **BARE[item["type"]]}}
    match item["type"]:
        case "reasoning":
            yield from _thoughts(turn, where)
        case "function_call":
            yield from _arguments(item, where)
        case _:
            yield from _refusal(turn, where) if turn.refusal else _text(turn, where)
    yield {"type": "response.output_item.done", "output_index": place, "item": item}


def _thoughts(turn: Turn, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
    where = {**where, "summary_index": 0}
    yield {"type": "response.reasoning_summary_part.added", **where, "part": _summary("")}
    for thought in turn.thoughts:
        yield {"type": "response.reasoning_summary_text.delta", **where, "delta": thought}
    whole = "".join(turn.thoughts)
    yield {"type": "response.reasoning_summary_text.done", **where, "text": whole}
    yield {"type": "response.reasoning_summary_part.done", **where, "part": _summary(whole)}


def _refusal(turn: Turn, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
    where = {**where, "content_index": 0}
    yield {"type": "response.content_part.added", **where, "part": {"type": "refusal", "refusal": ""}}
    yield {"type": "response.refusal.delta", **where, "delta": turn.refusal}
    yield {"type": "response.refusal.done", **where, "refusal": turn.refusal}
    yield {"type": "response.content_part.done", **where, "part": {"type": "refusal", "refusal": turn.refusal}}


def _text(turn: Turn, where: dict[str, Any]) -> Iterator[dict[str, Any]]:
    where = {**where, "content_index": 0}
    yield {"type": "response.content_part.added", **where, "part": _part("")}
    for text in turn.texts:
        yield {"type": "response.output_text.delta", **where, "delta": text, "logprobs": []}
    yield {"type": "response.output_text.done", **where, "text": turn.text, "logprobs": []}
    yield {"type": "response.content_part.done", **where, "part": _part(turn.text)}


def _arguments(item: dict[str, Any], where: dict[str, Any]) -> Iterator[dict[str, Any]]:
    half = len(item["arguments"]) // 2
    for part in (item["arguments"][:half], item["arguments"][half:]):
        yield {"type": "response.function_call_arguments.delta", **where, "delta": part}
    done = {"arguments": item["arguments"], "name": item["name"]}
    yield {"type": "response.function_call_arguments.done", **where, **done}


def _output(turn: Turn, *, sealed: bool) -> Iterator[dict[str, Any]]:
    if turn.thoughts:
        summary = [_summary("".join(turn.thoughts))]
        seal = {"encrypted_content": "c2VhbGVk"} if sealed else {}
        yield {"id": "rs_1", "type": "reasoning", "summary": summary, **seal}
    if turn.refusal:
        yield _message({"type": "refusal", "refusal": turn.refusal})
    elif turn.texts:
        yield _message(_part(turn.text))
    yield from (_call(use) for use in turn.calls)


def _message(part: dict[str, Any]) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}


def _summary(text: str) -> dict[str, Any]:
    return {"type": "summary_text", "text": text}


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _call(use: ToolUse) -> dict[str, Any]:
    said = {"call_id": use.call_id, "name": use.name, "arguments": use.arguments}
    return {"id": f"fc_{use.call_id}", "type": "function_call", "status": "completed", **said}
