"""The page for people: its files, as they lie in this package."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import Header
from starlette.responses import Response

from toolpost_gallery.web.conditional import is_known

FOLDER = Path(__file__).with_name("page")
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
    """All files of the page by their paths, read once."""
    found: dict[str, File] = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        place = "/gallery" if path.name == "index.html" else f"/gallery/{path.name}"
        found[place] = File(content, TYPES[path.suffix], f'"{sha256(content).hexdigest()[:16]}"')
    return found


def endpoint(place: str) -> Callable[..., Awaitable[Response]]:
    """What answers at the path of a file."""

    async def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
        """A part of the page on which people see their pictures."""
        content, kind, etag = files()[place]
        headers = {
            "content-security-policy": POLICY,
            "cache-control": "no-cache",
            "etag": etag,
            "referrer-policy": "no-referrer",
        }
        if is_known(etag, if_none_match):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    return page
