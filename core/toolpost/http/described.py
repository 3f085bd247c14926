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


def security(scope: str, settings: Http) -> list[JSONObject]:
    """Which scope a token must have; without any tokens, calls are open to this machine."""
    if scope == "public":
        return []
    is_open = scope == "call" and not settings.tokens and settings.oauth is None
    return [{"bearer": [scope]}, *([{}] if is_open else [])]


def failures(schema: str) -> JSONObject:
    """The answers that every operation may have."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "4XX": {"description": "The request is at fault.", "content": content},
        "5XX": {"description": "The server, or what it needs, is at fault.", "content": content},
    }


def mcp(settings: Http) -> JSONObject:
    """The address of MCP, as far as OpenAPI has words for it."""

    def operation(name: str, summary: str, responses: JSONObject, **more: Any) -> JSONObject:
        return {
            "tags": [NAME],
            "operationId": name,
            "summary": summary,
            "security": security("call", settings),
            "parameters": [VERSION, SESSION],
            "responses": {**responses, "405": {"description": "Not of this version."}, **failures("Reply")},
            **more,
        }

    message = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}}
    stream: JSONObject = {"text/event-stream": {"schema": {"type": "string"}}}
    reply: JSONObject = {"application/json": {"schema": {"$ref": "#/components/schemas/Reply"}}}
    about: JSONObject = {"application/json": {"schema": {"type": "object"}}}
    return {
        "post": operation(
            "mcp_message",
            "Send a message of the Model Context Protocol",
            {
                "200": {
                    "description": "The response, or a stream of messages that ends with it.",
                    "content": reply | stream,
                },
                "202": {"description": "A notification was taken."},
            },
            requestBody=message,
            description="For MCP clients (Streamable HTTP). The answer is JSON, or a stream where more is to say.",
        ),
        "get": operation(
            "mcp_about",
            "What stands at this address, or messages of a session",
            {
                "200": {
                    "description": "A description, or a stream for clients that accept one.",
                    "content": about | stream,
                }
            },
        ),
        "delete": operation(
            "mcp_end",
            "End a session",
            {"200": {"description": "It has ended."}, "204": {"description": "It has ended."}},
        ),
    }
