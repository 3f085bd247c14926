"""The page for people: its files, as they lie in this package."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import Header
from starlette.responses import Response

FOLDER = Path(__file__).with_name("page")
PLACE = "/chat/page/"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Nothing but the page's own files, and pictures that it has fetched with the caller's token.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class File(NamedTuple):
    """A file of the page."""

    content: bytes
    type: str
    etag: str


@cache
def files() -> dict[str, File]:
    """All files of the page by their names, read once."""
    found: dict[str, File] = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        found[path.name] = File(content, TYPES[path.suffix], f'"{sha256(content).hexdigest()[:16]}"')
    return found


def sent(name: str, if_none_match: str | None) -> Response:
    """A file of the page, unless the browser has it."""
    content, kind, etag = files()[name]
    headers = {
        "content-security-policy": POLICY,
        "cache-control": "no-cache",
        "etag": etag,
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "x-frame-options": "DENY",
    }
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def endpoint(name: str) -> Callable[..., Awaitable[Response]]:
    """What answers at the path of a file."""

    async def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """A part of the page on which people talk with the model."""
        return sent(name, if_none_match)

    return page
