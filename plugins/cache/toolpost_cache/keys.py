"""What makes two calls the same: a canonical key of who calls what with which arguments."""

from __future__ import annotations

from toolpost import ToolCall, canonical_digest


def key_of(call: ToolCall) -> bytes:
    """The key of a call, 16 bytes; values are told apart as `canonical_digest` does."""
    return canonical_digest([call.context.principal, call.tool.name, dict(call.arguments)])
