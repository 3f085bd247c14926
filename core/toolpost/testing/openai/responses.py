"""Responses: an answer, and the events of its stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolpost.testing.openai.texts import ToolUse, Turn

# The reasons of an incomplete answer, by Chat Completions' name for them.
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def response(turn: Turn, model: str, usage: tuple[int, int]) -> dict[str, Any]:
    """A whole answer."""
    sent, said = usage
    reason = INCOMPLETE.get(turn.finish)
    output = [_message(turn.text)] if turn.texts else []
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": [*output, *(_call(use) for use in turn.calls)],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": sent,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": 0},
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
    bare = {**item, "content": []} if item["type"] == "message" else {**item, "arguments": ""}
    yield {"type": "response.output_item.added", "output_index": place, "item": {**bare, "status": "in_progress"}}
    yield from _text(turn, where) if item["type"] == "message" else _arguments(item, where)
    yield {"type": "response.output_item.done", "output_index": place, "item": item}


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


def _message(text: str) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [_part(text)]}


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _call(use: ToolUse) -> dict[str, Any]:
    said = {"call_id": use.call_id, "name": use.name, "arguments": use.arguments}
    return {"id": f"fc_{use.call_id}", "type": "function_call", "status": "completed", **said}
