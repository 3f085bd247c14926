"""The routes beside `/mcp`: toolpost's own and those of plugins, one FastAPI application behind the edge."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Annotated, Any, get_type_hints

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as Dependency
from starlette.exceptions import HTTPException
from starlette.responses import Response

from toolpost import __version__
from toolpost.errors import InvalidArguments, Refused, ToolError, Unavailable, UnknownTool
from toolpost.host import Host
from toolpost.http.caller import CALLER, REQUEST_ID, Caller
from toolpost.http.edge import require
from toolpost.http.refusal import Answer, Refusal, as_json
from toolpost.routes import Route, Scope
from toolpost.tools.context import Context

log = logging.getLogger("toolpost.http")
# What a failed call is in HTTP; anything else of ours is 502: it was the tool that failed.
STATUS: dict[type[Exception], int] = {UnknownTool: 404, InvalidArguments: 422, Refused: 403, Unavailable: 503}


def application(host: Host, routes: Iterable[tuple[str, Route]], challenge: bytes) -> FastAPI:
    """The application of these routes, each with the plugin that brought it."""
    app = FastAPI(title="toolpost", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    for owner, route in routes:
        try:
            _add(app, host, owner, route, challenge)
        except Exception as error:
            log.error("route %s of plugin %r is left out: %s", route.path, owner, type(error).__name__)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ToolError, _failed)
    app.add_exception_handler(UnknownTool, _failed)
    return app


def _add(app: FastAPI, host: Host, owner: str, route: Route, challenge: bytes) -> None:
    told = {"tags": [owner], **route.told}
    app.add_api_route(
        route.path,
        _filled(route.endpoint, host),
        methods=list(route.methods),
        dependencies=[Depends(_allowed(route.scope, challenge))],
        **told,
    )


def _allowed(scope: Scope, challenge: bytes) -> Callable[[Request], None]:
    """A dependency that lets through who may use a route."""

    def allowed(request: Request) -> None:
        if scope != "public":
            require(request.scope[CALLER], scope, challenge)

    return allowed


def _filled(endpoint: Callable[..., Any], host: Host) -> Callable[..., Any]:
    """An endpoint whose parameters of our types come from us, and not from the request."""
    hints = get_type_hints(endpoint, include_extras=True)
    ours: dict[type, Dependency] = {Context: Depends(_context), Host: Depends(lambda: host)}
    signature = inspect.signature(endpoint)
    parameters = [
        parameter.replace(annotation=_dependent(hints.get(name, parameter.annotation), ours))
        for name, parameter in signature.parameters.items()
    ]

    if inspect.iscoroutinefunction(endpoint):

        @wraps(endpoint)
        async def answer(*given: Any, **named: Any) -> Any:
            return await endpoint(*given, **named)
    else:

        @wraps(endpoint)
        def answer(*given: Any, **named: Any) -> Any:
            return endpoint(*given, **named)

    answered = hints.get("return", signature.return_annotation)
    answer.__signature__ = signature.replace(parameters=parameters, return_annotation=answered)  # type: ignore[attr-defined]  # what inspect looks for first
    return answer


def _dependent(hint: Any, ours: dict[type, Dependency]) -> Any:
    return Annotated[hint, ours[hint]] if isinstance(hint, type) and hint in ours else hint


def _context(request: Request) -> Context:
    caller: Caller | None = request.scope[CALLER]
    if caller is None:
        return Context("anyone", surface="http", scopes=frozenset())
    return Context(caller.principal, surface="http", scopes=caller.scopes)


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _response(as_json(error, request.scope[REQUEST_ID]))


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing that is wrong, by name, without what was given."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"])
    status = 400 if found["type"] == "json_invalid" else 422
    return await _refusal(request, Refusal(status, f"{place}: {found['msg']}"[:500], "invalid_request_error"))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
    return await _refusal(request, Refusal(error.status_code, _sentence(error), headers=headers))


async def _failed(request: Request, error: Exception) -> Response:
    """A call that failed inside a route."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 502)
    after = getattr(error, "retry_after", None)
    headers = [(b"retry-after", str(max(1, round(after))).encode())] if after is not None else []
    return await _refusal(request, Refusal(status, str(error), type(error).__name__.lower(), headers))


def _sentence(error: HTTPException) -> str:
    return {404: "there is nothing at this path", 405: "this method is not served here"}.get(
        error.status_code, str(error.detail)
    )


def _response(answer: Answer) -> Response:
    response = Response(answer.body, answer.status)
    response.raw_headers = [*response.raw_headers, *answer.headers]
    return response
