"""Requests that can be read in one way only: what two readers could take for different things is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolpost.http.refusal import CLOSE, Refusal

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Of these one reader would take the first and another the last.
ONCE = frozenset(
    {b"host", b"authorization", b"origin", b"content-type", b"content-length", b"content-encoding"}
    | {b"transfer-encoding", b"mcp-session-id", b"last-event-id"}
)


def check_form(scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> None:
    """Refuse paths with two readings, headers that stand twice and methods that nobody needs.

    Raises:
        Refusal: 400 or 405.
    """
    if scope["method"] not in METHODS:
        raise Refusal(405, "this method is not served", headers=(CLOSE,))
    if len(headers) != len(scope["headers"]):
        _check_once(scope["headers"])
    if _is_odd(scope["path"], scope.get("raw_path") or b""):
        raise Refusal(400, "this is no path of a request", headers=(CLOSE,))


def _check_once(headers: list[tuple[bytes, bytes]]) -> None:
    names = [name for name, _ in headers]
    for name in ONCE.intersection(names):
        if names.count(name) > 1:
            raise Refusal(400, f"the header {name.decode()} stands twice", headers=(CLOSE,))


def _is_odd(path: str, raw: bytes) -> bool:
    """Whether a path holds what a file system would read as a step or a separator, or a log as the end of a line."""
    if not path.isprintable() or "\\" in path or b"%2f" in raw.lower():
        return True
    parts = path.split("/")
    return any(part in ("", ".", "..") for part in parts[1:-1]) or parts[-1] in (".", "..")
