"""What went wrong with a server, in the words of toolpost's own errors."""

from __future__ import annotations

from typing import Any

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost_upstream.session.session import ServerError
from toolpost_upstream.wires.wire import Denied, Unsent, WireError

INVALID_PARAMS, URL_NEEDED = -32602, -32042
LINKS = 5


def of_wire(name: str, error: WireError) -> ToolError:
    """The error for a way that failed: only where nothing happened may the same be tried again."""
    match error:
        case Unsent():
            return Unavailable(f"upstream {name!r} {error}", retry_after=error.retry_after)
        case Denied():
            return ToolError(f"upstream {name!r} {error}; nothing was carried out")
    return ToolError(f"upstream {name!r} {error}; what was asked of it may have been carried out all the same")


def of_server(name: str, error: ServerError) -> ToolError:
    """The error for an answer that is one."""
    text = f"upstream {name!r} says: {error or f'error {error.code}'}"
    if error.code == INVALID_PARAMS:
        return InvalidArguments(text)
    if error.code == URL_NEEDED and (links := _links(error.data)):
        return ToolError(f"{text}; the person has to open {' and '.join(links)} first")
    return ToolError(text)


def _links(data: Any) -> list[str]:
    found = data.get("elicitations") if isinstance(data, dict) else None
    urls = [one.get("url") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [url[:500] for url in urls if isinstance(url, str) and url.startswith("https://")][:LINKS]
