"""What goes wrong in a conversation, in the words of OpenAI's API and with its statuses, as `/v1` has them."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from toolpost import InvalidArguments, ToolError, UnknownTool
from toolpost.kit import Refusal
from toolpost_gateway.wire.faults import Fault, fault_of

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
# What a body is here that says something impossible, whoever finds that out; 404 is that a session is not there.
INVALID = 422


def faults(endpoint: Callable[Given, Awaitable[Answer]]) -> Callable[Given, Awaitable[Answer]]:
    """The endpoint with our errors as refusals."""

    @wraps(endpoint)
    async def answer(*args: Given.args, **given: Given.kwargs) -> Answer:
        try:
            return await endpoint(*args, **given)
        except (ToolError, UnknownTool) as error:
            raise _refusal(error) from None

    return answer


def fault(error: ToolError | UnknownTool) -> Fault:
    """What OpenAI's API would say."""
    return fault_of(error, "")


def _refusal(error: ToolError | UnknownTool) -> Refusal:
    found = fault(error)
    status = INVALID if isinstance(error, InvalidArguments) else found.status
    after = [] if found.after is None else [(b"retry-after", b"%d" % max(1, math.ceil(found.after)))]
    return Refusal(status, found.text, found.kind, after)
