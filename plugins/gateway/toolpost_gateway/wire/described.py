"""What the OpenAPI document says of these routes: the shapes of requests and answers, as far as a client must know."""

from __future__ import annotations

from typing import Any

JSONObject = dict[str, Any]

MODEL: JSONObject = {
    "type": "object",
    "required": ["id", "object", "created", "owned_by"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "model"},
        "created": {"type": "integer"},
        "owned_by": {"type": "string"},
        "shutdown_date": {"type": "string", "format": "date"},
    },
}
MODELS: JSONObject = {
    "type": "object",
    "required": ["object", "data"],
    "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": MODEL}},
}
ROOT: JSONObject = {
    "type": "object",
    "required": ["about", "endpoints", "docs"],
    "properties": {"endpoints": {"type": "array", "items": {"type": "string"}}, "docs": {"type": "string"}},
}
OURS: JSONObject = {
    "type": "object",
    "description": "What only this host knows.",
    "properties": {
        "activity": {"type": "boolean", "description": "Tell of the tools that are called."},
        "tools": {"type": "boolean", "description": "False: the model gets none of this host's tools."},
    },
}
TOOLS: JSONObject = {
    "type": "array",
    "description": "Functions of your own, and tools of this host: of type `function` or `mcp`.",
    "items": {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["function", "mcp"]}}},
}
EVENT: JSONObject = {
    "type": "object",
    "description": "A Server-Sent Event, whose data is JSON, or `[DONE]` at the end of a completion.",
    "required": ["data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
}
COMMON: JSONObject = {
    "model": {"type": "string", "description": "One of GET /v1/models; the configured one if left out."},
    "stream": {"type": "boolean"},
    "temperature": {"type": "number"},
    "top_p": {"type": "number"},
    "tools": TOOLS,
    "tool_choice": {"anyOf": [{"enum": ["auto", "none", "required"]}, {"type": "object"}]},
    "parallel_tool_calls": {"type": "boolean"},
    "toolpost": OURS,
}
COMPLETION: JSONObject = {
    "type": "object",
    "required": ["messages"],
    "properties": {
        **COMMON,
        "messages": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["role"],
                "properties": {"role": {"enum": ["system", "developer", "user", "assistant", "tool", "function"]}},
            },
        },
        "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
        "max_completion_tokens": {"type": "integer", "minimum": 1},
        "response_format": {"type": "object"},
    },
    "examples": [{"model": "chat.fast", "messages": [{"role": "user", "content": "What can you do here?"}]}],
}
RESPONSE: JSONObject = {
    "type": "object",
    "required": ["input"],
    "properties": {
        **COMMON,
        "input": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]},
        "instructions": {"type": "string"},
        "previous_response_id": {"type": "string"},
        "max_output_tokens": {"type": "integer", "minimum": 1},
        "max_tool_calls": {"type": "integer", "minimum": 0},
        "text": {"type": "object"},
        "reasoning": {"type": "object"},
        "store": {"type": "boolean"},
        "include": {"type": "array", "items": {"type": "string"}},
    },
    "examples": [{"model": "chat.fast", "input": "What can you do here?"}],
}


def answered(schema: JSONObject, *, streams: bool = False) -> dict[int | str, JSONObject]:
    """The answer of an operation."""
    stream = {"text/event-stream": {"schema": EVENT}} if streams else {}
    content = {"application/json": {"schema": schema}, **stream}
    return {200: {"description": "The answer", "content": content}}


def taken(schema: JSONObject) -> JSONObject:
    """The body that an operation takes."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def object_of(kind: str) -> JSONObject:
    """An object of one of OpenAI's kinds."""
    required = ["id", "object"]
    return {"type": "object", "required": required, "properties": {"id": {"type": "string"}, "object": {"const": kind}}}
