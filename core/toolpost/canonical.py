"""One form for equal JSON values: what tells whether two calls are the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

# Python refuses to write longer numbers in decimal, since that takes quadratic time.
LONG = 1 << 10_000
# More than fits into the longest message: only a value that holds itself comes this far.
MOST = 4_000_000


def canonical_digest(value: Any, size: int = 16) -> bytes:
    """A digest of a JSON value, of so many bytes; nothing of the value can be read from it.

    The order of an object's keys does not matter, and text is compared in
    Unicode's NFC. `1`, `1.0`, `true` and `"1"` are four different things:
    each value goes in with its type and length (as in bencode), so no two
    values share a form. Megabytes take milliseconds: do that in a thread.
    """
    parts: list[bytes] = []
    # What is still to be written, the last first: values nest more deeply than functions can.
    left: list[Any] = [value]
    while left:
        if len(left) + len(parts) > MOST:
            raise ValueError("a value that holds itself is no JSON")
        item = left.pop()
        if isinstance(item, str):
            data = _nfc(item).encode("utf-8", "surrogatepass")
            parts += (b"s%d:" % len(data), data)
        elif isinstance(item, dict):
            _add(item, parts, left)
        elif isinstance(item, list | tuple):
            parts.append(b"l%d:" % len(item))
            left.extend(reversed(item))
        else:
            parts.append(_plain(item))
    return blake2b(b"".join(parts), digest_size=size).digest()


def _add(item: dict[Any, Any], parts: list[bytes], left: list[Any]) -> None:
    """An object: its keys in the order of their NFC, each before its value."""
    if len(item) == 1:
        parts.append(b"d1:")
        left.extend((*item.values(), *item))
        return
    normal = {name: _nfc(name) for name in item}
    if len(set(normal.values())) < len(item):
        _add_apart(item, normal, parts, left)
        return
    parts.append(b"d%d:" % len(item))
    for name in sorted(item, key=normal.__getitem__, reverse=True):
        left += (item[name], name)


def _add_apart(item: dict[Any, Any], normal: Mapping[str, str], parts: list[bytes], left: list[Any]) -> None:
    """An object with keys that are one in NFC: which of them holds what must not get lost."""
    names = sorted(item, reverse=True)
    parts.append(b"D%d:" % len(names))
    for name in names:
        left += (item[name], name.encode("utf-8", "surrogatepass").hex(), normal[name])


def _plain(item: Any) -> bytes:
    if item is None or item is True or item is False:
        return f"c{item};".encode()
    if isinstance(item, int):
        return f"{type(item).__name__[0]}{item!r};".encode() if -LONG < item < LONG else f"x{item:x};".encode()
    if isinstance(item, float):
        return f"{type(item).__name__[0]}{item!r};".encode()
    raise TypeError(f"{type(item).__name__} is no JSON value")


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
