"""One form for equal JSON values: what tells whether two calls are the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any


def canonical_digest(value: Any, size: int = 16) -> bytes:
    """A digest of a JSON value, of so many bytes; nothing of the value can be read from it.

    The order of an object's keys does not matter, and text is compared in
    Unicode's NFC. `1`, `1.0`, `true` and `"1"` are four different things:
    each value goes in with its type and length (as in bencode), so no two
    values share a form. Megabytes take milliseconds: do that in a thread.
    """
    digest = blake2b(digest_size=size)
    for part in _form(value):
        digest.update(part)
    return digest.digest()


def _form(value: Any) -> Iterator[bytes]:
    match value:
        case None | True | False:
            yield f"c{value};".encode()
        case str():
            data = _nfc(value).encode("utf-8", "surrogatepass")
            yield b"s%d:" % len(data)
            yield data
        case int() | float():
            yield f"{type(value).__name__[0]}{value!r};".encode()
        case list() | tuple():
            yield b"l%d:" % len(value)
            for item in value:
                yield from _form(item)
        case dict():
            yield b"d%d:" % len(value)
            for name in sorted(value, key=_nfc):
                yield from _form(name)
                yield from _form(value[name])
        case _:
            raise TypeError(f"{type(value).__name__} is no JSON value")


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
