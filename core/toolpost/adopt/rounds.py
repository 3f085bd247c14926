"""Functions that end with what they need to know, and are called again with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.mcpserver import Context
from mcp_types import (
    CreateMessageRequest,
    CreateMessageResult,
    ElicitRequest,
    ElicitResult,
    InputRequiredResult,
    InputResponseRequestParams,
    ListRootsRequest,
    ListRootsResult,
)

from toolpost.adopt.session import CallSession

Run = Callable[[Context[Any, Any]], Awaitable[Any]]
ANSWERS: dict[type[Any], type[Any]] = {
    ElicitRequest: ElicitResult,
    CreateMessageRequest: CreateMessageResult,
    ListRootsRequest: ListRootsResult,
}


async def answered(wanted: InputRequiredResult, session: CallSession) -> InputResponseRequestParams:
    """The client's answers to all that is wanted, as the function's next round has them."""
    requests = wanted.input_requests or {}
    answers = {key: await session.send_request(one, ANSWERS[type(one)]) for key, one in requests.items()}
    return InputResponseRequestParams(input_responses=answers, request_state=wanted.request_state)
