"""`GET /`: the page in a browser, and for programs what is where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Request
from starlette.responses import JSONResponse, Response

from toolpost import __version__
from toolpost_gateway.toolless import toolless
from toolpost_gateway.web.page import PAGE
from toolpost_openai import OpenAI

# What may be here, by the name under which it is told.
PLACES = {
    "Chat": "/chat",
    "OpenAI API": "/v1/models",
    "Gallery": "/gallery",
    "Routes": "/docs",
    "OpenAPI": "/openapi.json",
    "Health": "/health",
    "Ready": "/ready",
}


@dataclass(frozen=True)
class Front:
    """What is here, and what the model cannot do."""

    openai: OpenAI

    async def show(self, request: Request, if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """What is here: a page to talk on for browsers, JSON for programs."""
        if "text/html" in request.headers.get("accept", ""):
            response = PAGE.sent("index.html", if_none_match)
        else:
            notes = [note for note in (toolless(self.openai),) if note]
            about = {"name": "toolpost", "version": __version__, "links": _links(request), "notes": notes}
            response = JSONResponse(about)
        response.headers["vary"] = "accept"
        return response


def _links(request: Request) -> dict[str, str]:
    here = {getattr(route, "path", "") for route in request.app.routes}
    found = {name: path for name, path in PLACES.items() if path in here}
    return {**found, "MCP": getattr(request.app.state, "mcp", "/mcp")}
