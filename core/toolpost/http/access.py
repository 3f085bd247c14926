"""The access log: one line for each request, without what was in it."""

from __future__ import annotations

import logging
from typing import Any

from toolpost.http.caller import CALLER, REQUEST_ID

log = logging.getLogger("toolpost.access")


def record(scope: dict[str, Any], status: int, seconds: float) -> None:
    """Write the line; the query is left out, since some put secrets there."""
    caller = scope.get(CALLER)
    address = scope.get("client") or ("",)
    log.info(
        "%s %s %s %d %.1f ms principal=%s from=%s",
        scope[REQUEST_ID],
        scope["method"],
        scope["path"][:200],
        status,
        seconds * 1e3,
        caller.principal if caller else "-",
        address[0],
    )
