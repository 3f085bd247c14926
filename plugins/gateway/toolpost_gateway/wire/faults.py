"""What is wrong with a request or with its answer, as OpenAI's API says it."""

from __future__ import annotations

import logging
import math
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from toolpost import Crash, InvalidArguments, Refused, ToolError, Unavailable, UnknownTool
from toolpost.kit import LIMITS, Refusal, account, alone

log = logging.getLogger("toolpost.gateway")
# OpenAI's own words for kinds of errors; programs go by them.
KINDS = {
    400: "invalid_request_error",
    403: "permission_error",
    404: "invalid_request_error",
    409: "invalid_request_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}
CODES = {429: "rate_limit_exceeded"}
# How those who wait say that they have waited long enough.
LATE = ("silent for too long", "did not finish within", "was not finished within")


class Fault(Exception):
    """Ends a request; `param` names the field at fault, `code` is a word for programs."""

    def __init__(
        self, status: int, text: str, param: str | None = None, code: str | None = None, after: float | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.param = param
        self.code = code or CODES.get(status)
        self.after = after

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
        body = to_json({"error": self.said(reference)})
        return Response(body, self.status, headers, "application/json")


def fault_of(error: Exception, reference: str, model: str = "") -> Fault:
    """The fault that an error is; `model` is what the request asked for."""
    inner = alone(error)
    match inner:
        case Fault():
            return inner
        case Refusal():
            return Fault(inner.status, inner.text, None, inner.kind)
        case UnknownTool():
            return Fault(404, str(inner), None, "not_found")
        case ToolError():
            return _failed(inner, model)
    log.error("request %s crashed\n%s", reference, "\n".join(account(inner)))
    return Fault(500, f"this failed unexpectedly (reference {reference})", None, "server_error")


def _failed(error: ToolError, model: str) -> Fault:
    text = str(error)
    match error:
        # All who look for a model say its name so where it is not there.
        case InvalidArguments() if model and f"model {model!r}" in text:
            return Fault(404, text, "model", "model_not_found")
        case InvalidArguments():
            return Fault(400, text, None, "invalid_value")
        case Refused():
            return Fault(403, text, None, "refused")
        case Unavailable():
            return _later(error)
        case Crash():
            return Fault(500, text, None, "server_error")
    late = any(words in text for words in LATE)
    return Fault(504 if late else 502, text, None, "timeout" if late else "bad_gateway")


def _later(error: Unavailable) -> Fault:
    """A limit of ours or of the provider is 429; all else that may pass is 503."""
    is_limit = LIMITS in error.meta or "(429)" in str(error) or "policy allows" in str(error)
    if is_limit:
        return Fault(429, str(error), after=error.retry_after or 1.0)
    return Fault(503, str(error), None, "unavailable", error.retry_after or 1.0)
