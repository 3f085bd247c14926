"""A page of several files that lie in a package, served to people's browsers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import Header
from starlette.responses import Response

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Nothing but the page's own files, and pictures that it has fetched with the caller's token.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


class File(NamedTuple):
    """A file of a page."""

    content: bytes
    type: str
    etag: str


@dataclass(frozen=True)
class Page:
    """The files of a folder by name; `purpose` is what the OpenAPI document says of each."""

    folder: Path
    purpose: str

    @cached_property
    def files(self) -> dict[str, File]:
        """All of them, read once."""
        found: dict[str, File] = {}
        for path in sorted(self.folder.iterdir()):
            content = path.read_bytes()
            found[path.name] = File(content, TYPES[path.suffix], f'"{sha256(content).hexdigest()[:16]}"')
        return found

    def sent(self, name: str, if_none_match: str | None) -> Response:
        """A file, unless the browser has it."""
        content, kind, etag = self.files[name]
        headers = {**HEADERS, "etag": etag}
        if is_known(etag, if_none_match):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    def endpoint(self, name: str) -> Callable[..., Awaitable[Response]]:
        """What answers at the path of a file."""

        async def page(if_none_match: Annotated[str | None, Header()] = None) -> Response:
            return self.sent(name, if_none_match)

        page.__doc__ = self.purpose
        return page


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether one of these tags is this, compared weakly (RFC 9110, section 13.1.2)."""
    if if_none_match is None:
        return False
    known = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in known or known == ["*"]
