"""What came of a call, as a ticket has it."""

from __future__ import annotations

import logging
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, TextContent

from toolpost.crash import account
from toolpost.errors import ToolError
from toolpost.middleware.ledger.ticket import Outcome
from toolpost.tools.call import ToolResult

log = logging.getLogger("toolpost")
UNANSWERABLE: dict[str, Any] = {"code": INTERNAL_ERROR, "message": "this call cannot be answered"}


def outcome(ending: Any) -> Outcome:
    """What its client is told of a result, of a failure, or of None where it was cancelled."""
    match ending:
        case None | ToolResult():
            return ending
        case ToolError():
            text = TextContent(type="text", text=sendable(str(ending)))
            return ToolResult((text,), is_error=True, meta=ending.meta or {})
        case MCPError(error=error):
            return error.model_dump(by_alias=True, mode="json", exclude_none=True)
    if isinstance(ending, BaseException):
        log.error("a task cannot be ended as it should\n%s", "\n".join(account(ending)))
    return UNANSWERABLE


def sendable(text: str) -> str:
    """A text without halves of characters, which no JSON can hold."""
    return text.encode(errors="replace").decode()
