"""Tickets in the words of the extension (ext-tasks, schema draft)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CreateMessageResult,
    ElicitResult,
    ListRootsResult,
    RequestParams,
)
from pydantic import Field, ValidationError

from toolpost.middleware.ledger.ticket import Ticket
from toolpost.server import wire
from toolpost.server.tasks import TASKS
from toolpost.tools.call import ToolResult

JSONObject = dict[str, Any]
# Milliseconds between two looks of a client, by the age of the task in seconds: the longer it takes, the less often.
LOOKS = ((10.0, 500), (60.0, 1_000), (600.0, 2_000))
SELDOM = 5_000
ANSWERS: dict[str, type[ElicitResult | CreateMessageResult | ListRootsResult]] = {
    "elicitation/create": ElicitResult,
    "sampling/createMessage": CreateMessageResult,
    "roots/list": ListRootsResult,
}


class TaskParams(RequestParams):
    """The parameters of `tasks/get` and `tasks/cancel`."""

    task_id: str


class UpdateParams(TaskParams):
    """The parameters of `tasks/update`; what is no answer to anything is not looked at."""

    input_responses: dict[str, Any] = Field(default_factory=dict)


def created(ticket: Ticket) -> JSONObject:
    """A `CreateTaskResult`."""
    return {"resultType": "task", **_task(ticket)}


def detailed(ticket: Ticket, result: ToolResult | None) -> JSONObject:
    """A `DetailedTask`; `result` is that of a ticket that is completed."""
    task = _task(ticket)
    match ticket.status:
        case "input_required":
            task["inputRequests"] = ticket.requests
        case "failed":
            task["error"] = ticket.error
            task["statusMessage"] = str((ticket.error or {}).get("message", ""))
        case "completed" if result is not None:
            task["result"] = wire.result(result, stateless=True)
    return task


def answers(ticket: Ticket, given: JSONObject) -> JSONObject:
    """Those of the answers that the ticket waits for, in the form in which they came.

    Raises:
        MCPError: one of them is no answer to its question.
    """
    found = {key: answer for key, answer in given.items() if key in ticket.requests}
    for key, answer in found.items():
        method = ticket.requests[key]["method"]
        try:
            ANSWERS[method].model_validate(answer, by_name=False)
        except ValidationError:
            raise MCPError(INVALID_PARAMS, f"inputResponses: {key[:64]!r} is no answer to {method}") from None
    return found


def unknown() -> MCPError:
    """What is said of an id that is nobody's, and of one that is somebody else's."""
    return MCPError(INVALID_PARAMS, "there is no such task of this caller, or it has expired")


def missing() -> MCPError:
    """What a client is told that does not declare the extension where it must."""
    data: JSONObject = {"requiredCapabilities": {"extensions": {TASKS: {}}}}
    text = f"this needs a client that declares the extension {TASKS} with the request"
    return MCPError(code=MISSING_REQUIRED_CLIENT_CAPABILITY, message=text, data=data)


def _task(ticket: Ticket) -> JSONObject:
    task: JSONObject = {
        "taskId": ticket.job,
        "status": ticket.status,
        "createdAt": _moment(ticket.created),
        "lastUpdatedAt": _moment(ticket.updated),
        "ttlMs": max(1, round(ticket.seconds * 1000)),
    }
    if ticket.said:
        task["statusMessage"] = ticket.said
    return task if ticket.is_over else {**task, "pollIntervalMs": _pause(ticket)}


def _pause(ticket: Ticket) -> int:
    age = ticket.updated - ticket.created
    return next((pause for until, pause in LOOKS if age < until), SELDOM)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
