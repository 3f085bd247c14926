"""Servers that speak Chat Completions in a way of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal

from toolpost.testing.openai.faults import fail
from toolpost.testing.openai.received import Received
from toolpost.testing.openai.wire import Answer, Reply

Habit = Literal[
    "no ids", "one id", "one place", "no places", "whole calls", "objects", "names again", "stop", "unfinished"
]
Chunk = dict[str, Any]


def odd(reply: Reply, *habits: Habit) -> Reply:
    """A streamed reply as some servers would give it.

    Calls have `no ids` or all have `one id`; all have the number 0 (`one
    place`) or none (`no places`); each comes in one chunk (`whole calls`), its
    arguments as `objects`; each chunk has the `names again`; the reason of the
    end is `stop`, or is never said (`unfinished`).
    """

    def answer(request: Received) -> Answer:
        found = reply(request)
        chunks = [json.loads(piece[6:]) for piece in found.pieces if piece.startswith(b"data: {")]
        for change in (change for habit, change in HABITS.items() if habit in habits):
            chunks = list(change(chunks))
        pieces = tuple(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks)
        return replace(found, pieces=(*pieces, b"data: [DONE]\n\n"))

    return answer


def without_tools(model: str = "gemma:2b") -> Callable[[Received], Answer | None]:
    """For `OpenAIServer.answer`: what Ollama says to functions for a model that calls none."""
    refusal = fail(400, f"registry.ollama.ai/library/{model} does not support tools", code="api_error")
    return lambda request: refusal(request) if request.asks("tools") else None


def _calls(chunk: Chunk) -> list[dict[str, Any]]:
    return [call for choice in chunk["choices"] for call in choice["delta"].get("tool_calls", ())]


def _each(change: Callable[[dict[str, Any]], None]) -> Callable[[list[Chunk]], Iterator[Chunk]]:
    def changed(chunks: list[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            for call in _calls(chunk):
                change(call)
            yield chunk

    return changed


def _whole(chunks: list[Chunk]) -> Iterator[Chunk]:
    """One chunk for each call."""
    begun: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for call in _calls(chunk):
            if first := begun.get(call["index"]):
                first["function"]["arguments"] += call["function"]["arguments"]
            else:
                begun[call["index"]] = call
    kept = [id(call) for call in begun.values()]
    return (chunk for chunk in chunks if all(id(call) in kept for call in _calls(chunk)))


def _objects(call: dict[str, Any]) -> None:
    call["function"]["arguments"] = json.loads(call["function"]["arguments"])


def _again(chunks: list[Chunk]) -> Iterator[Chunk]:
    heads: dict[int, tuple[str, str]] = {}
    for chunk in chunks:
        for call in _calls(chunk):
            given = (call.get("id", ""), call["function"].get("name", ""))
            call["id"], call["function"]["name"] = heads.setdefault(call["index"], given)
        yield chunk


def _finish(reason: str | None) -> Callable[[list[Chunk]], Iterator[Chunk]]:
    def changed(chunks: list[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            for choice in chunk["choices"]:
                choice["finish_reason"] = reason if choice["finish_reason"] else None
            yield chunk

    return changed


# In the order in which they are put on: whole calls are made while calls can be told apart.
HABITS: dict[Habit, Callable[[list[Chunk]], Iterator[Chunk]]] = {
    "names again": _again,
    "whole calls": _whole,
    "objects": _each(_objects),
    "no ids": _each(lambda call: call.pop("id", None)),
    "one id": _each(lambda call: call.update({"id": "call_0"} if "id" in call else {})),
    "one place": _each(lambda call: call.update(index=0)),
    "no places": _each(lambda call: call.pop("index", None)),
    "stop": _finish("stop"),
    "unfinished": _finish(None),
}
