"""The hosts that texts name: where a call would go, and where the caller said that it may."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from toolpost_gateway.loop.patterns import fits

# As browsers and libraries read addresses, which is more widely than they are written: `http:\\host`, `https:/host`.
ADDRESS = re.compile(r"(?:https?|wss?|ftps?|sftp):[\\/]*([^\\/?#\s\"'<>`|{}]+)", re.IGNORECASE)
# A domain or an address of four numbers in plain words.
NAMED = re.compile(r"(?<![\w.-])(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?(?![\w-])")
# Members of parts that hold no words.
UNSAID = frozenset({"role", "type", "tool_call_id", "data", "kept"})
OWN = frozenset({"user", "system", "developer"})
DEEPEST, LONGEST = 64, 200_000
# In front of a name, the same host to everybody.
WWW = "www."


def hosts_in(value: Any) -> set[str]:
    """The hosts of all addresses in a JSON value, also of those that are written in percent signs."""
    found: set[str] = set()
    for text in _texts(value, DEEPEST):
        for form in _forms(text):
            found.update(host for said in ADDRESS.findall(form) if (host := _host(said)))
    return found


def named_by(messages: Iterable[Mapping[str, Any]]) -> set[str]:
    """The hosts that a caller's own words name, with an address or without."""
    found: set[str] = set()
    for message in messages:
        if message.get("role") in OWN:
            content = message.get("content")
            found |= hosts_in(content)
            for text in _texts(content, DEEPEST):
                found.update(_plain(name) for name in NAMED.findall(folded(text[:LONGEST])))
    return found


def strange(arguments: Any, named: set[str], allowed: Sequence[str]) -> list[str]:
    """The hosts in arguments that nobody has named, in order."""
    known = named | {name.removeprefix(WWW) for name in named} | {WWW + name for name in named}
    return sorted(host for host in hosts_in(arguments) if host not in known and not fits(host, allowed))


def _host(said: str) -> str:
    """The host of what stands between the slashes: what is before an `@` is a user's name, however it looks."""
    host = folded(unquote(said)).rpartition("@")[2]
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return _plain(host.partition(":")[0])


def folded(text: str) -> str:
    """A text as names in it are compared, in which full-width letters are letters."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _plain(host: str) -> str:
    # Other full stops separate labels as well (UTS 46).
    return host.lower().replace("\u3002", ".").replace("\uff0e", ".").replace("\uff61", ".").strip(".")


def _forms(text: str) -> Iterator[str]:
    """A text as it stands, and as it reads after one and two unquotings; browsers pass over tabs and line ends."""
    yield text
    bare = re.sub(r"[\t\r\n]", "", text)
    if bare != text:
        yield bare
    for _ in range(2):
        if "%" not in bare:
            return
        bare = unquote(bare)
        yield bare


def _texts(value: Any, depth: int) -> Iterator[str]:
    """All texts in a JSON value, names of members among them."""
    match value:
        case str():
            # A picture that is there itself leads nowhere.
            if not value.startswith("data:"):
                yield value
        case Mapping() if depth:
            for name, member in value.items():
                yield str(name)
                if name not in UNSAID or not isinstance(member, str):
                    yield from _texts(member, depth - 1)
        case list() | tuple() if depth:
            for member in value:
                yield from _texts(member, depth - 1)
