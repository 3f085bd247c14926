"""What is known of the clients out there, by the name that each gives itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from toolpost.tools.context import Client

# Bytes of a result and seconds of a call. Claude Desktop: measured 2026-11, about 1 MiB and 4 minutes.
LIMITS: dict[str, tuple[int, float]] = {"claude-ai": (1_000_000, 240.0)}


def client_of(params: Any, *, stateless: bool) -> Client:
    """The client behind a request's `initialize` or envelope, with its limits."""
    said = params.client_info if params is not None else None
    return _client(said.name[:128], said.version[:64], stateless) if said else _client("", "", stateless)


@lru_cache(maxsize=256)
def _client(name: str, version: str, stateless: bool) -> Client:
    size, seconds = LIMITS.get(name, (None, None))
    return Client(name, version, "stateless" if stateless else "handshake", size, seconds)
