"""What the OpenAPI document says that no function tells: failures, tokens, and the address of MCP."""

from __future__ import annotations

from typing import Any

from toolpost.config.tables import Http

JSONObject = dict[str, Any]
# The group of toolpost's own routes.
NAME = "toolpost"

NULLABLE: JSONObject = {"type": ["string", "null"]}
FAILURE: JSONObject = {
    "type": "object",
    "title": "Failure",
    "description": "Why a request was not answered, in the shape of the OpenAI API.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "code", "param", "request_id"],
            "properties": {
                "message": {"type": "string", "description": "For people: what is wrong, and the way out."},
                "type": {"type": "string", "description": "For programs."},
                "code": NULLABLE,
                "param": NULLABLE,
                "request_id": {"type": "string", "description": "Finds the request in the log."},
            },
        }
    },
    "examples": [
        {
            "error": {
                "message": "bring a bearer token: `Authorization: Bearer …`",
                "type": "unauthorized",
                "code": None,
                "param": None,
                "request_id": "3f2a9c41-1b",
            }
        }
    ],
}
MESSAGE: JSONObject = {
    "type": "object",
    "title": "Message",
    "description": "A JSON-RPC 2.0 message of MCP.",
    "required": ["jsonrpc", "method"],
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["string", "integer"]},
        "method": {"type": "string"},
        "params": {"type": "object"},
    },
    "examples": [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/list",
            "params": {
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {},
                }
            },
        }
    ],
}
REPLY: JSONObject = {
    "type": "object",
    "title": "Reply",
    "description": "A JSON-RPC 2.0 response: `result` or `error`.",
    "required": ["jsonrpc"],
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["string", "integer", "null"]},
        "result": {"type": "object"},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        },
    },
}
BEARER: JSONObject = {
    "type": "http",
    "scheme": "bearer",
    "description": "A token of `toolpost tokens add NAME`, or one of the authorization server that is configured.",
}
VERSION = {
    "name": "mcp-protocol-version",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "examples": ["2026-07-28"]},
    "description": "The protocol's version; with it each request stands alone.",
}
SESSION = {
    "name": "mcp-session-id",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The session, for clients up to 2025-11-25.",
}
STREAM: JSONObject = {"text/event-stream": {"schema": {"type": "string"}}}


def security(scope: str, settings: Http) -> list[JSONObject]:
    """Which scope a token must have; without any tokens, calls are open to this machine."""
    if scope == "public":
        return []
    is_open = scope == "call" and not settings.tokens and settings.oauth is None
    return [{"bearer": [scope]}, *([{}] if is_open else [])]


def failures(schema: str) -> JSONObject:
    """The answers that every operation may have."""
    content = _json(_of(schema))
    return {
        "4XX": {"description": "The request is at fault.", "content": content},
        "5XX": {"description": "The server, or what it needs, is at fault.", "content": content},
    }


def mcp(settings: Http) -> JSONObject:
    """The address of MCP, as far as OpenAPI has words for it."""
    return {"post": _message(settings), "get": _about(settings), "delete": _end(settings)}


def _message(settings: Http) -> JSONObject:
    return _operation(
        settings,
        "mcp_message",
        "Send a message of the Model Context Protocol",
        {
            "200": {
                "description": "The response, or a stream of messages that ends with it.",
                "content": _json(_of("Reply")) | STREAM,
            },
            "202": {"description": "A notification was taken."},
        },
        requestBody={"required": True, "content": _json(_of("Message"))},
        description="For MCP clients (Streamable HTTP). The answer is JSON, or a stream where more is to say.",
    )


def _about(settings: Http) -> JSONObject:
    answer = {
        "description": "A description, or a stream for clients that accept one.",
        "content": _json({"type": "object"}) | STREAM,
    }
    return _operation(settings, "mcp_about", "What stands at this address, or messages of a session", {"200": answer})


def _end(settings: Http) -> JSONObject:
    answers: JSONObject = {"200": {"description": "It has ended."}, "204": {"description": "It has ended."}}
    return _operation(settings, "mcp_end", "End a session", answers)


def _operation(settings: Http, name: str, summary: str, responses: JSONObject, **more: Any) -> JSONObject:
    return {
        "tags": [NAME],
        "operationId": name,
        "summary": summary,
        "security": security("call", settings),
        "parameters": [VERSION, SESSION],
        "responses": {**responses, "405": {"description": "Not of this version."}, **failures("Reply")},
        **more,
    }


def _json(schema: JSONObject) -> JSONObject:
    return {"application/json": {"schema": schema}}


def _of(schema: str) -> JSONObject:
    return {"$ref": f"#/components/schemas/{schema}"}
