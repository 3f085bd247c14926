"""What is wrong with a request or with its answer, as OpenAI's API says it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from toolpost import Crash, InvalidArguments, Refused, ToolError, Unavailable, UnknownTool
from toolpost.kit import LATE, LIMITS, Refusal, account, alone
from toolpost_gateway.loop.once import REPEATED
from toolpost_openai.choice import MISSING, PARAM
from toolpost_openai.mending import UNSUPPORTED

log = logging.getLogger("toolpost.gateway")
# OpenAI's own words for kinds of errors; programs go by them.
KINDS = {
    400: "invalid_request_error",
    403: "permission_error",
    404: "invalid_request_error",
    409: "invalid_request_error",
    413: "invalid_request_error",
    415: "invalid_request_error",
    429: "rate_limit_error",
}
CODES = {429: "rate_limit_exceeded"}
PROVIDER = "toolpost/provider"
TOO_MANY = 429
# What may have been carried out; OpenAI's SDKs send such a request again, unless this header says no.
DOUBTFUL = frozenset({500, 502, 504})
ONCE = {"x-should-retry": "false"}
# Seconds that a caller is told to wait, whatever a provider says: who comes sooner is told again.
LONGEST_WAIT = 3600.0


class Fault(Exception):
    """Ends a request; `param` names the field at fault, `code` is a word for programs.

    `is_final` says that sending it again is no use, or would do something twice.
    """

    def __init__(
        self, status: int, text: str, param: str | None = None, code: str | None = None, after: float | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.param = param
        self.code = code or CODES.get(status)
        self.after = None if after is None else min(after, LONGEST_WAIT)
        self.is_final = status in DOUBTFUL

    @property
    def kind(self) -> str:
        """OpenAI's word for this kind of error."""
        return KINDS.get(self.status, "server_error")

    def said(self, reference: str) -> dict[str, Any]:
        """The error as JSON (OpenAI API reference, errors); `reference` finds the request in the log."""
        said = {"message": self.text, "type": self.kind, "param": self.param, "code": self.code}
        return {**said, "request_id": reference}

    def response(self, reference: str) -> Response:
        """The error as a response."""
        headers = {} if self.after is None else {"retry-after": str(max(1, math.ceil(self.after)))}
        headers |= ONCE if self.is_final else {}
        body = to_json({"error": self.said(reference)})
        return Response(body, self.status, headers, "application/json")


def fault_of(error: Exception, reference: str) -> Fault:
    """The fault that an error is."""
    inner = alone(error)
    match inner:
        case Fault():
            return inner
        case Refusal():
            return Fault(inner.status, inner.text, None, inner.kind)
        case UnknownTool():
            return Fault(404, str(inner), None, "not_found")
        case ToolError():
            fault = _failed(inner)
            fault.param = fault.param or inner.meta.get(PARAM)
            # What the provider could not do has been tried again here.
            fault.is_final |= PROVIDER in inner.meta
            return fault
    log.error("request %s crashed\n%s", reference, "\n".join(account(inner)))
    return Fault(500, f"this failed unexpectedly (reference {reference})", None, "server_error")


def _failed(error: ToolError) -> Fault:
    text = str(error)
    match error:
        case _ if REPEATED in error.meta:
            return _repeated(error)
        case InvalidArguments() if MISSING in error.meta:
            return Fault(404, text, "model", "model_not_found")
        case InvalidArguments() if UNSUPPORTED in error.meta:
            return Fault(400, text, str(error.meta[UNSUPPORTED]["param"]), "unsupported_value")
        case InvalidArguments():
            return Fault(400, text, None, "invalid_value")
        case Refused():
            return Fault(403, text, None, "refused")
        case Unavailable():
            return _later(error)
        case Crash():
            return Fault(500, text, None, "server_error")
    if LATE in error.meta:
        return Fault(504, text, None, "timeout")
    return Fault(502, text, None, "bad_gateway")


def _repeated(error: ToolError) -> Fault:
    """A key that stands for another request, or for one whose end nobody knows."""
    after = error.retry_after if isinstance(error, Unavailable) else None
    fault = Fault(409, str(error), "idempotency-key", "idempotency_conflict", after)
    fault.is_final = not isinstance(error, Unavailable)
    return fault


def _later(error: Unavailable) -> Fault:
    """A limit of ours or of the provider is 429; all else that may pass is 503."""
    said = error.meta.get(PROVIDER)
    if LIMITS in error.meta or (isinstance(said, Mapping) and said.get("status") == TOO_MANY):
        return Fault(TOO_MANY, str(error), after=error.retry_after)
    return Fault(503, str(error), None, "unavailable", error.retry_after)
