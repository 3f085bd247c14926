"""The routes beside `/mcp`: toolpost's own and those of plugins, one FastAPI application behind the edge."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.types import ASGIApp

from toolpost import __version__
from toolpost.cancellation import is_real
from toolpost.config.tables import Http
from toolpost.crash import account
from toolpost.host import Host
from toolpost.http.caller import CALLER, REQUEST_ID, Caller, token_in
from toolpost.http.edge import require
from toolpost.http.endpoints import endpoint, summary
from toolpost.http.failures import FAILURES
from toolpost.http.oauth.metadata import challenge
from toolpost.http.openapi import documented, told
from toolpost.http.placing import Placing, scope_at
from toolpost.http.refusal import Refusal
from toolpost.plugins.broken import reason
from toolpost.routes import Route

log = logging.getLogger("toolpost.http")
NO_ADMIN = (
    "this needs the scope 'admin', which this caller does not have; "
    "`toolpost tokens add NAME --scope admin` makes a token that has it"
)


class Application(FastAPI):
    """FastAPI without what the edge does already, and with our own OpenAPI document."""

    def __init__(self, settings: Http) -> None:
        super().__init__(title="toolpost", version=__version__, openapi_url=None, redirect_slashes=False)
        # For pages that say where MCP is spoken.
        self.state.mcp = settings.path
        self._settings = settings
        self._document: dict[str, Any] | None = None

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for."""
        if self._document is None:
            self._document = documented(super().openapi(), self._settings)
        return self._document

    def build_middleware_stack(self) -> ASGIApp:
        """All but the outermost, which answers crashes in plain text; the edge has the request's id."""
        stack: Any = super().build_middleware_stack()
        inner: ASGIApp = stack.app
        return inner


class Guarded(APIRoute):
    """A route that looks at who calls before it reads anything, and lets no exception out that is not known."""

    def __init__(self, route: Route, *given: Any, settings: Http, **named: Any) -> None:
        self._scope, self._settings = route.scope, settings
        super().__init__(*given, **named)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            brought = token_in(request.headers.get("authorization", "").encode("latin-1")) is not None
            self._allow(request.scope[CALLER], scope_at(request.scope["path"], self._scope), brought)
            try:
                return await answer(request)
            except tuple(FAILURES):
                raise
            except BaseException as error:
                if is_real(error):
                    raise
                reference = request.scope[REQUEST_ID]
                log.error("route %s crashed in request %s\n%s", self.path, reference, "\n".join(account(error)))
                raise Refusal(500, f"this failed unexpectedly (reference {reference})") from None

        return guarded

    def _allow(self, caller: Caller | None, scope: str, brought: bool) -> None:
        if scope == "public":
            return
        wanted = challenge(self._settings, scope)
        if scope == "admin" and caller is not None and "admin" not in caller.scopes:
            wanted += b', error="insufficient_scope"'
            raise Refusal(403, NO_ADMIN, "forbidden", ((b"www-authenticate", wanted),))
        require(caller, scope, wanted, brought=brought)


def application(host: Host, routes: Iterable[tuple[str, Route]], settings: Http | None = None) -> Application:
    """The application of these routes, each with the plugin that brought it."""
    settings = settings or Http()
    app = Application(settings)
    placing = Placing(frozenset({settings.path}))
    for owner, route in placing.placed(routes):
        try:
            app.router.routes.append(_route(app, host, owner, route, settings))
        except BaseException as error:  # FastAPI evaluates what a plugin wrote
            placing.refuse(owner, route, "it cannot be served", f": {reason(error)}")
    host.registry.clashes += [clash for clash in placing.clashes if clash not in host.registry.clashes]
    for kind, answer in FAILURES.items():
        app.add_exception_handler(kind, answer)
    return app


def _route(app: Application, host: Host, owner: str, route: Route, settings: Http) -> Guarded:
    return Guarded(
        route,
        route.path,
        endpoint(route, owner, host),
        settings=settings,
        methods=list(route.methods),
        summary=summary(route),
        dependency_overrides_provider=app,
        **told(owner, route, settings),
    )
