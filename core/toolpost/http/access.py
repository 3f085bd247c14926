"""The access log: one line for each request, without what was in it."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from toolpost.http.caller import CALLER, REQUEST_ID
from toolpost.logs.redaction import clean

log = logging.getLogger("toolpost.access")
# Characters of a path, of its escaped form and of a name that are shown, so that the line is never cut.
LONGEST, ESCAPED, NAME = 200, 800, 100
# What nginx calls it when the client left before it was answered; HTTP has no number for that.
GONE = 499


def record(scope: dict[str, Any], status: int, seconds: float, size: int = 0) -> None:
    """Write the line; the query is left out, since some put secrets there.

    `[http] access_log` says whether there are such lines, so the level of the
    log does not. The formats take `fields` as they are: they are clean.
    """
    caller = scope.get(CALLER)
    fields = {
        "request_id": scope[REQUEST_ID],
        "method": scope["method"][:NAME],
        "path": _shown(scope["path"]),
        "status": status or GONE,
        "ms": round(seconds * 1e3, 2),
        "bytes": size,
        "client": (scope.get("client") or ("",))[0],
        "principal": _called(caller.principal) if caller else "",
    }
    said = "%(method)s %(path)s %(status)d %(ms).1f ms, %(bytes)d bytes, [%(request_id)s] from %(client)s %(principal)s"
    event = log.makeRecord(log.name, logging.INFO, "", 0, said, (fields,), None, extra={"fields": fields})
    log.handle(event)


@lru_cache(maxsize=2048)
def _shown(path: str) -> str:
    """A path in one word, without secrets and personal data, and without what a terminal would obey."""
    return quote(_cleaned(path[:LONGEST]), safe="/!$&'()*+,;=:@[]~", errors="replace")[:ESCAPED]


@lru_cache(maxsize=2048)
def _called(principal: str) -> str:
    """A name as it may stand in a log: an issuer's is often an e-mail address."""
    return _cleaned(principal[:LONGEST])[:NAME]


def _cleaned(text: str) -> str:
    try:
        return clean(text)
    except Exception:  # what cannot be looked through is not shown, and the request has been answered
        return "(hidden)"
