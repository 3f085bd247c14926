"""The words of Responses for what an answer is and holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolpost import Tool
from toolpost_gateway.talk import Approve, Began, Ended, Outcome
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.names import FUNCTION, approval_item
from toolpost_gateway.wire.responses.asked import Asked
from toolpost_openai.turns import Invocation

JSONObject = dict[str, Any]
# What an answer repeats of its request, where that says it, and else what holds.
REPEATED: Mapping[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": None,
    "temperature": None,
    "top_p": None,
    "tool_choice": "auto",
    "truncation": "disabled",
    "user": None,
}
# What a caller sends along to be let in elsewhere is not said again.
SECRET = frozenset({"authorization", "headers"})
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
DEMONSTRATION = {"toolpost_demonstration": "true"}
# Where it says what else was done than was asked; values of metadata have up to 512 characters.
NOTES, LONGEST = "toolpost_notes", 512


def begun(name: str, created: int, asked: Asked, model: str) -> JSONObject:
    """An answer before anything is in it."""
    body = asked.body
    repeated = {key: otherwise if body.get(key) is None else body[key] for key, otherwise in REPEATED.items()}
    reasoning, text = body.get("reasoning") or {}, body.get("text") or {}
    return {
        "id": name,
        "object": "response",
        "created_at": created,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "parallel_tool_calls": asked.request.parallel,
        "metadata": body.get("metadata") or {},
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "store": asked.keeps,
        "text": {**text, "format": text.get("format") or {"type": "text"}},
        "tools": [_tool(tool) for tool in body.get("tools") or ()],
        "usage": None,
        **repeated,
    }


def ended(response: JSONObject, output: Sequence[JSONObject], outcome: Outcome) -> JSONObject:
    """The same when it is complete, or as complete as it became."""
    why = INCOMPLETE.get(outcome.finish_reason)
    mark = DEMONSTRATION if outcome.demonstration else {}
    notes = {NOTES: "; ".join(outcome.notes)[:LONGEST]} if outcome.notes else {}
    return {
        **response,
        "status": "incomplete" if why else "completed",
        "incomplete_details": {"reason": why} if why else None,
        "model": outcome.model,
        "metadata": {**response["metadata"], **mark, **notes},
        "output": list(output),
        "usage": _usage(outcome),
    }


def noted(response: JSONObject, note: str) -> JSONObject:
    """The same with a note before all others."""
    metadata = response["metadata"]
    notes = "; ".join(filter(None, (note, metadata.get(NOTES))))[:LONGEST]
    return {**response, "metadata": {**metadata, NOTES: notes}}


def failed(response: JSONObject, output: Sequence[JSONObject], fault: Fault) -> JSONObject:
    """The same when it broke off."""
    code = fault.code if fault.code == "rate_limit_exceeded" else "server_error"
    return {**response, "status": "failed", "error": {"code": code, "message": fault.text}, "output": list(output)}


def part(kind: str, text: str = "") -> JSONObject:
    """A part of a message: `output_text` or `refusal`."""
    if kind == "refusal":
        return {"type": kind, "refusal": text}
    return {"type": kind, "text": text, "annotations": [], "logprobs": []}


def function_call(invocation: Invocation, arguments: str, status: str) -> JSONObject:
    """A call of the caller's own function."""
    called = {"call_id": invocation.id, "name": invocation.name, "arguments": arguments}
    return {"id": f"{FUNCTION}{invocation.id}", "type": "function_call", "status": status, **called}


def our_call(name: str, began: Began, arguments: str, ended: Ended | None = None) -> JSONObject:
    """A call of a tool of this host."""
    status = "in_progress" if ended is None else "failed" if ended.is_error else "completed"
    item: JSONObject = {
        "id": name,
        "type": "mcp_call",
        "status": status,
        "server_label": began.label,
        "name": began.tool,
    }
    asked = approval_item(began.approval) if began.approval else None
    item |= {"arguments": arguments, "approval_request_id": asked, "output": None, "error": None}
    if ended is None:
        return item
    if ended.is_error:
        said = [{"type": "text", "text": ended.text}]
        return {**item, "error": {"type": "mcp_tool_execution_error", "content": said}}
    return {**item, "output": ended.text}


def approval(approve: Approve) -> JSONObject:
    """A call that waits for a yes."""
    called = {"name": approve.tool, "arguments": approve.invocation.arguments, "server_label": approve.label}
    return {"id": approval_item(approve.invocation.id), "type": "mcp_approval_request", **called}


def listing(name: str, label: str, tools: Sequence[Tool]) -> JSONObject:
    """The tools that stand behind a label."""
    return {"id": name, "type": "mcp_list_tools", "server_label": label, "tools": [_listed(tool) for tool in tools]}


def _listed(tool: Tool) -> JSONObject:
    nature = None if tool.read_only is None else {"read_only": tool.read_only}
    words = {"name": tool.name, "description": tool.words, "input_schema": dict(tool.input_schema)}
    return {**words, "annotations": nature}


def _tool(tool: Mapping[str, Any]) -> JSONObject:
    """A tool of the request, with what OpenAI adds and without what it leaves out."""
    if tool.get("type") == "function":
        return {"description": None, "parameters": {"type": "object", "properties": {}}, "strict": None, **tool}
    return {name: None if name in SECRET else value for name, value in tool.items()}


def _usage(outcome: Outcome) -> JSONObject | None:
    if outcome.usage is None:
        return None
    return {
        "input_tokens": outcome.usage.input_tokens,
        "input_tokens_details": {"cached_tokens": outcome.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": outcome.usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": outcome.reasoning_tokens},
        "total_tokens": outcome.usage.total_tokens,
    }
