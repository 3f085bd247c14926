"""What went wrong with a server, in the words of toolpost's own errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost_upstream.servers.secrets import without
from toolpost_upstream.session.session import ServerError
from toolpost_upstream.wires.wire import Denied, Unsent, WireError

INVALID_PARAMS, URL_NEEDED = -32602, -32042
LINKS = 5


def of_wire(name: str, error: WireError, secrets: Sequence[str]) -> ToolError:
    """The error for a way that failed: only where nothing happened may the same be tried again."""
    text = f"upstream {name!r} {without(str(error), secrets)}"
    match error:
        case Unsent():
            return Unavailable(text, retry_after=error.retry_after)
        case Denied():
            return ToolError(f"{text}; nothing was carried out")
    return ToolError(f"{text}; what was asked of it may have been carried out all the same")


def of_server(name: str, error: ServerError, secrets: Sequence[str]) -> ToolError:
    """The error for an answer that is one."""
    said = without(str(error), secrets)
    text = f"upstream {name!r} says: {said or f'error {error.code}'}"
    if error.code == INVALID_PARAMS:
        return InvalidArguments(text)
    if error.code == URL_NEEDED and (links := _links(error.data)):
        return ToolError(f"{text}; the person has to open {' and '.join(links)} first")
    return ToolError(text)


def _links(data: Any) -> list[str]:
    found = data.get("elicitations") if isinstance(data, dict) else None
    urls = [one.get("url") for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [url[:500] for url in urls if isinstance(url, str) and url.startswith("https://")][:LINKS]
