"""What went wrong in a route, as an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from toolpost.errors import InvalidArguments, Refused, ToolError, Unavailable, UnknownTool
from toolpost.http.caller import REQUEST_ID
from toolpost.http.refusal import Answer, Refusal, as_json

# What a failed call is in HTTP; anything else of ours is 502: it was the tool that failed.
STATUS: dict[type[Exception], int] = {UnknownTool: 404, InvalidArguments: 422, Refused: 403, Unavailable: 503}


async def refusal(request: Request, error: Exception) -> Response:
    """A request that was refused."""
    assert isinstance(error, Refusal)
    return _response(as_json(error, request.scope[REQUEST_ID]))


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing that is wrong, by name, without what was given."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"])
    status = 400 if found["type"] == "json_invalid" else 422
    return await refusal(request, Refusal(status, f"{place}: {found['msg']}"[:500], "invalid_request_error"))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, Refusal):
        # FastAPI wraps whatever happens while it reads a body, and so a body that is too large.
        return await refusal(request, error.__cause__)
    headers = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
    return await refusal(request, Refusal(error.status_code, _sentence(error), headers=headers))


async def _failed(request: Request, error: Exception) -> Response:
    """A call that failed inside a route."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 502)
    after = getattr(error, "retry_after", None)
    headers = [(b"retry-after", str(max(1, round(after))).encode())] if after is not None else []
    return await refusal(request, Refusal(status, str(error), type(error).__name__.lower(), headers))


def _sentence(error: HTTPException) -> str:
    return {404: "there is nothing at this path", 405: "this method is not served here"}.get(
        error.status_code, str(error.detail)
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [*response.raw_headers, *answer.headers]
    return response


# All that ends a route and is no crash.
FAILURES: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    Refusal: refusal,
    RequestValidationError: _invalid,
    HTTPException: _http,
    ToolError: _failed,
    UnknownTool: _failed,
}
