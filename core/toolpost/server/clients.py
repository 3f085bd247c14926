"""What is known of the clients out there, by the name that each gives itself."""

from __future__ import annotations

from typing import Any

from toolpost.tools.context import Client

# Bytes of a result and seconds of a call. Claude Desktop: measured 2026-11, about 1 MiB and 4 minutes.
LIMITS: dict[str, tuple[int, float]] = {"claude-ai": (1_000_000, 240.0)}

_seen: dict[tuple[str, str, bool], Client] = {}
_SEEN_AT_MOST = 256


def client_of(params: Any, *, stateless: bool) -> Client:
    """The client behind a request's `initialize` or envelope, with its limits."""
    said = params.client_info if params is not None else None
    key = (said.name[:128], said.version[:64], stateless) if said else ("", "", stateless)
    known = _seen.get(key)
    if known is None:
        size, seconds = LIMITS.get(key[0], (None, None))
        known = Client(key[0], key[1], "stateless" if stateless else "handshake", size, seconds)
        if len(_seen) < _SEEN_AT_MOST:
            _seen[key] = known
    return known
