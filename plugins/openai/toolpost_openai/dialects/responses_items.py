"""The messages of a conversation as items of Responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolpost_openai.dialects.kept import kept_in
from toolpost_openai.dialects.parts import for_responses, others_of, text_of

Message = Mapping[str, Any]
# What a message of the assistant says by itself.
TOLD = ("message", "function_call")


def items_of(messages: Sequence[Message], source: str) -> list[dict[str, Any]]:
    """The items."""
    return [item for message in messages for item in _items(message, source)]


def worth_keeping(output: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items of an answer that are to be sent again as they are; none where a message says it all.

    Nothing is stored at the provider, so that reasoning which does not come
    with its encrypted content means nothing there.
    """
    items = [_without_nothing(item) for item in output if item["type"] != "reasoning" or item.get("encrypted_content")]
    return items if any(item["type"] not in TOLD or "phase" in item for item in items) else []


def _items(message: Message, source: str) -> Iterator[dict[str, Any]]:
    match message["role"]:
        case "tool":
            yield {"type": "function_call_output", "call_id": message["tool_call_id"], "output": _output(message)}
        case "assistant":
            yield from _assistant(message, source)
        case role:
            yield {"role": role, "content": for_responses(message["content"], "input_text")}


def _assistant(message: Message, source: str) -> Iterator[dict[str, Any]]:
    calls = message.get("tool_calls") or ()
    kept = kept_in(message, source)
    # Whoever keeps the conversation may have taken a call out of it.
    if kept and [i["call_id"] for i in kept if i["type"] == "function_call"] == [call["id"] for call in calls]:
        yield from kept
        return
    if content := message.get("content"):
        yield {"role": "assistant", "content": for_responses(content, "output_text")}
    if refusal := message.get("refusal"):
        yield {"role": "assistant", "content": [{"type": "refusal", "refusal": refusal}]}
    for call in calls:
        yield {"type": "function_call", "call_id": call["id"], **_function(call["function"])}


def _output(message: Message) -> Any:
    content = message["content"]
    return for_responses(content, "input_text") if others_of(content) else text_of(content)


def _function(function: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": function["name"], "arguments": function["arguments"]}


def _without_nothing(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value is not None}
