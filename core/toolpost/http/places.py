"""Where people and programs begin: the pages and the API among the routes that are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from starlette.responses import HTMLResponse

HTML = "text/html"
# Where this is asked, OpenAI's SDKs can be pointed to what stands before it.
COMPLETIONS = "/chat/completions"


def pages(routes: Iterable[Any]) -> dict[str, str]:
    """The pages that stand right below `/`, by name."""
    found = (route.path for route in routes if _is_page(route))
    return {path[1:]: path for path in sorted(found) if path.count("/") == 1 and path != "/"}


def apis(routes: Iterable[Any]) -> Iterator[str]:
    """The paths at which OpenAI's API is spoken."""
    found = (getattr(route, "path", "") for route in routes)
    yield from sorted(path.removesuffix(COMPLETIONS) for path in found if path.endswith(COMPLETIONS))


def sentence(routes: Iterable[Any], root: str) -> str:
    """All of them in a line, with the address of the server before each."""
    routes = [*routes]
    named = [*pages(routes).items(), *(("OpenAI's API", path) for path in apis(routes))]
    return " · ".join(f"{name} {root}{path}" for name, path in named)


def _is_page(route: Any) -> bool:
    if "GET" not in (getattr(route, "methods", None) or ()) or "{" in route.path:
        return False
    kinds = (kind for answer in route.responses.values() for kind in answer.get("content", {}))
    is_html = isinstance(route.response_class, type) and issubclass(route.response_class, HTMLResponse)
    return is_html or HTML in kinds
