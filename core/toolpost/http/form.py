"""Requests that can be read in one way only: what two readers could take for different things is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolpost.http.refusal import CLOSE, Refusal
from toolpost.routes import Route

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Of these one reader would take the first and another the last.
ONCE = frozenset(
    {b"host", b"authorization", b"origin", b"content-type", b"content-length", b"content-encoding"}
    | {b"transfer-encoding", b"mcp-session-id", b"last-event-id"}
)


def check_form(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], slashed: tuple[str, ...] = ()) -> None:
    """Refuse paths with two readings, headers that stand twice and methods that nobody needs.

    Below the paths in `slashed`, a slash may be written as `%2F`.

    Raises:
        Refusal: 400 or 405.
    """
    if scope["method"] not in METHODS:
        raise Refusal(405, "this method is not served", headers=(CLOSE,))
    if len(headers) != len(scope["headers"]):
        _check_once(scope["headers"])
    raw = scope.get("raw_path") or b""
    if _is_odd(scope["path"]) or (b"%2f" in raw.lower() and not _is_below(raw, slashed)):
        raise Refusal(400, "this is no path of a request", headers=(CLOSE,))


def slashed(routes: Iterable[Route]) -> tuple[str, ...]:
    """Where slashes may be written as `%2F`: what comes before the parameter of routes that say so."""
    # The fields of a route are whatever a plugin put there.
    heads = (str(route.path).partition("{")[0] for route in routes if getattr(route, "slashes", False) is True)
    return tuple(head for head in heads if len(head) > 1 and head.endswith("/"))


def _check_once(headers: list[tuple[bytes, bytes]]) -> None:
    names = [name for name, _ in headers]
    for name in ONCE.intersection(names):
        if names.count(name) > 1:
            raise Refusal(400, f"the header {name.decode()} stands twice", headers=(CLOSE,))


def _is_below(raw: bytes, slashed: tuple[str, ...]) -> bool:
    """Whether a path begins as one of these and is plain until there."""
    return raw.startswith(tuple(one.encode() for one in slashed))


def _is_odd(path: str) -> bool:
    """Whether a path holds what a file system would read as a step or a separator, or a log as the end of a line."""
    if not path.isprintable() or "\\" in path:
        return True
    parts = path.split("/")
    return any(part in ("", ".", "..") for part in parts[1:-1]) or parts[-1] in (".", "..")
