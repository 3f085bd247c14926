"""Pages for people: what is here, and how its routes are used. All files are our own, and none runs inline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from toolpost import __version__
from toolpost.http.places import pages
from toolpost.routes import Route

FOLDER = Path(__file__).parent.parent / "pages"
PROTECTED = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


@dataclass(frozen=True)
class Site:
    """Serves the pages; `mcp` is the path where MCP is spoken."""

    mcp: str

    def routes(self) -> list[Route]:
        """Where they are."""
        page = {"response_class": HTMLResponse}
        index = {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}
        document = {"application/json": {"schema": {"type": "object"}}}
        return [
            Route("/", self.index, scope="public", told=_answered("Links.", index)),
            Route("/openapi.json", self.document, scope="public", told=_answered("The document.", document)),
            Route("/docs", self.docs, scope="public", told=page),
            Route("/docs/pages.css", self.style, scope="public", told=_file("text/css")),
            Route("/docs/docs.js", self.script, scope="public", told=_file("text/javascript")),
        ]

    async def index(self, request: Request) -> Response:
        """What is here: a page for browsers, JSON for programs."""
        links = self._links(request)
        if "text/html" not in request.headers.get("accept", ""):
            said = {"name": "toolpost", "version": __version__, "links": links}
            return JSONResponse(said, headers={"vary": "accept"})
        items = "".join(f'<li><a href="{escape(path)}">{escape(name)}</a></li>' for name, path in links.items())
        page = self._pages["index.html"].replace("{links}", items).replace("{mcp}", escape(self.mcp))
        return HTMLResponse(page, headers=PROTECTED | {"vary": "accept"})

    async def document(self, request: Request) -> Response:
        """The OpenAPI document of everything that is served here."""
        return JSONResponse(request.app.openapi(), headers={"cache-control": "no-cache"})

    async def docs(self) -> Response:
        """A page on which every route can be read and tried."""
        return HTMLResponse(self._pages["docs.html"], headers=PROTECTED)

    async def style(self) -> Response:
        """How the pages look."""
        return Response(self._pages["pages.css"], media_type="text/css", headers=PROTECTED)

    async def script(self) -> Response:
        """What makes the page of routes work."""
        return Response(self._pages["docs.js"], media_type="text/javascript", headers=PROTECTED)

    def _links(self, request: Request) -> dict[str, str]:
        mine = {"Routes": "/docs", "OpenAPI": "/openapi.json", "MCP": self.mcp, "Health": "/health", "Ready": "/ready"}
        found = ((name, path) for name, path in pages(request.app.routes).items() if path not in mine.values())
        return {**{name.capitalize(): path for name, path in found}, **mine}

    @cached_property
    def _pages(self) -> dict[str, str]:
        return {path.name: path.read_text("utf-8") for path in FOLDER.iterdir() if path.is_file()}


def _answered(what: str, content: dict[str, Any]) -> dict[str, Any]:
    """A route whose answer is described by hand."""
    return {"response_class": Response, "responses": {200: {"description": what, "content": content}}}


def _file(kind: str) -> dict[str, Any]:
    return _answered("The file.", {kind: {"schema": {"type": "string"}}})
