"""The messages of a Chat Completions request, checked, and without what is not part of a message."""

from __future__ import annotations

from typing import Any

from toolpost_gateway.wire.content import bound, content
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
MOST = 4096
Message = dict[str, Any]


def messages(body: Fields) -> list[Message]:
    """The conversation so far.

    Raises:
        Fault: a message is none; the field is named.
    """
    body.needs("messages")
    if not body.items("messages"):
        raise Fault(400, "messages: give at least one", "messages", "empty_array")
    if len(body.items("messages")) > MOST:
        raise Fault(400, f"messages: at most {MOST}", "messages", "array_above_max_length")
    bound(body, "messages")
    found: list[Message] = []
    for one in body.parts("messages"):
        found.append(_message(one, found))
    return found


def _message(one: Fields, before: list[Message]) -> Message:
    one.needs("role")
    role = one.text("role")
    match role:
        case "assistant":
            return _said(one, len(before))
        case "tool":
            one.needs("tool_call_id")
            return {"role": "tool", "tool_call_id": one.text("tool_call_id"), "content": content(one)}
        case "function":
            # The way to answer calls of before there could be several at once.
            return {"role": "tool", "tool_call_id": _last_call(one, before), "content": content(one)}
        case "system" | "developer" | "user":
            named = {"name": one.text("name")} if one.has("name") else {}
            return {"role": role, **named, "content": content(one)}
    raise Fault(400, f"{one.at('role')}: give {', '.join(ROLES)}", one.at("role"), "invalid_value")


def _said(one: Fields, place: int) -> Message:
    calls = [_call(call) for call in one.parts("tool_calls")]
    if one.has("function_call"):
        calls.append(_invoked(one.part("function_call"), f"call_legacy_{place}"))
    said: Message = {"role": "assistant", "content": content(one) if one.has("content") else None}
    if one.has("refusal") and said["content"] is None:
        said["content"] = one.text("refusal")
    if calls:
        return {**said, "tool_calls": calls}
    if said["content"] is None:
        place_of = one.at("content")
        raise Fault(400, f"{place_of}: give content, or tool_calls", place_of, "missing_required_parameter")
    return said


def _call(call: Fields) -> Message:
    call.needs("id")
    if call.text("type", "function") != "function":
        raise Fault(400, f"{call.at('type')}: only functions are called here", call.at("type"), "unsupported_value")
    call.needs("function")
    return _invoked(call.part("function"), call.text("id"))


def _invoked(function: Fields, name: str) -> Message:
    function.needs("name")
    called = {"name": function.text("name"), "arguments": function.text("arguments")}
    return {"id": name, "type": "function", "function": called}


def _last_call(one: Fields, before: list[Message]) -> str:
    """The id of the call that a message of the role `function` answers."""
    for message in reversed(before):
        for call in message.get("tool_calls", ()):
            found: str = call["id"]
            return found
    raise Fault(400, f"{one.at('role')}: no function_call stands before it", one.at("role"), "invalid_value")
