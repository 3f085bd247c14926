"""What browsers are told of the pages that may call (Fetch standard, CORS protocol); cookies never come along."""

from __future__ import annotations

import re
from collections.abc import Mapping

from toolpost.http.refusal import Answer

Pair = tuple[bytes, bytes]
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
EXPOSED = b"mcp-session-id, x-request-id, retry-after, www-authenticate"
# Headers that a page may send besides those that need no leave.
ALLOWED = re.compile(rb"authorization|content-type|accept|last-event-id|mcp-[a-z0-9-]{1,100}|x-stainless-[a-z-]{1,40}")
# Seconds for which a browser need not ask again.
GOOD_FOR = b"600"


def preflight(headers: Mapping[bytes, bytes]) -> Answer:
    """The answer to a browser that asks whether a page may call."""
    asked = headers.get(b"access-control-request-headers", b"").lower().split(b",")
    wanted = [name for one in asked if ALLOWED.fullmatch(name := one.strip())]
    told = (
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", b", ".join(wanted)),
        (b"access-control-max-age", GOOD_FOR),
        (b"vary", b"access-control-request-headers"),
    )
    return Answer(204, b"", told)


def shared(origin: str) -> tuple[Pair, ...]:
    """The headers of an answer that a page of this origin may read."""
    return (
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-expose-headers", EXPOSED),
        (b"vary", b"origin"),
    )
