"""The OpenAPI 3.1 document: every route, MCP's address too, and what each needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_type_hints

from starlette.responses import Response

from toolpost.config.tables import Http
from toolpost.http.described import BEARER, FAILURE, MESSAGE, NAME, REPLY, failures, mcp, security
from toolpost.http.placing import OURS
from toolpost.routes import Route

JSONObject = dict[str, Any]
# What the files that pages are made of are, and no answer to a program.
FILES = frozenset({"text/css", "text/javascript", "image/svg+xml"})
ABOUT = (
    "Tools for models, over the Model Context Protocol and beside it. "
    "Every answer has the header x-request-id; every refusal repeats it, and the log has it too."
)


def told(owner: str, route: Route, settings: Http) -> JSONObject:
    """What FastAPI is told of a route besides its path and function."""
    given = dict(route.told)
    extra = {"security": security(route.scope, settings), **given.pop("openapi_extra", {})}
    responses = {**failures("Failure"), **given.pop("responses", {})}
    return {
        "tags": [NAME if owner == OURS else owner],
        "openapi_extra": extra,
        "responses": responses,
        **_answer(route),
        **given,
    }


def _answer(route: Route) -> JSONObject:
    """The kind of response that a function is annotated to return, which says in what media type it is."""
    returned = get_type_hints(route.endpoint).get("return")
    return {"response_class": returned} if isinstance(returned, type) and issubclass(returned, Response) else {}


def documented(document: Mapping[str, Any], settings: Http) -> JSONObject:
    """FastAPI's document with what it cannot know, MCP, the error's shape, the tokens; without the files of pages."""
    parts: JSONObject = document.get("components", {})
    schemas = {**parts.get("schemas", {}), "Failure": FAILURE, "Message": MESSAGE, "Reply": REPLY}
    paths = {settings.path: mcp(settings), **_useful(document["paths"])}
    owners = {tag for item in paths.values() for one in item.values() for tag in one.get("tags", ())}
    tags = [
        {"name": name, "description": _whose(name)} for name in sorted(owners, key=lambda name: (name != NAME, name))
    ]
    return {
        **document,
        "info": {**document["info"], "description": ABOUT, "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {**parts, "schemas": schemas, "securitySchemes": {"bearer": BEARER}},
    }


def _useful(paths: Mapping[str, JSONObject]) -> JSONObject:
    """The paths without what only a page loads: whoever makes tools of the document wants none for a stylesheet."""
    left = {path: {way: one for way, one in item.items() if not _is_of_page(one)} for path, item in paths.items()}
    return {path: item for path, item in left.items() if item}


def _is_of_page(operation: Mapping[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    return bool(content) and FILES.issuperset(content)


def _whose(name: str) -> str:
    return "toolpost itself" if name == NAME else f"the plugin {name!r}"
