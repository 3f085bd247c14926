"""The part of an address that names its host, in every way in which somebody may read it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from urllib.parse import unquote

# As browsers and libraries read addresses, which is more widely than they are written (`http:\\host`, `https:/host`),
# and any other scheme with slashes. What follows ends at `/`, `?` or `#` alone: who cuts elsewhere reads another host.
ADDRESS = re.compile(
    r"(?:(?<![a-z0-9])(?:(?:https?|wss?|ftps?|sftp):(?:[\\/]+|(?=[\w\[%]))|file:[\\/]+)"
    r"|(?<=[a-z0-9+.-][a-z0-9+.-]):[\\/]{2,})(?=([^/?#]{0,300}))",
    re.IGNORECASE,
)
# An address without a scheme that is all of a text.
LED = re.compile(r"\s*[\\/]{2,}(?=([^/?#]{0,300}))")
HOSTLIKE = re.compile(r"[^\s@]*(?:\.[^\s@]|:\d)[^\s@]*|\[.*|\d+|0x[\da-f]+|localhost", re.IGNORECASE)
# Characters at which some readers end a host, and others do not.
ODD = re.compile(r"[\\\s\"'<>`|{}^]")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*$")
WORD = re.compile(r"\s*\S*")
# Before what is written so that readers differ, which is no host that anybody could have named.
MARK = "…@"
# Addresses of one text.
MOST = 2_000
# What follows an address in a sentence.
CLOSING = ".,;:!)]"


def addressed(text: str, own: Container[str] = ()) -> Iterator[str]:
    """The hosts of the addresses in a text, as everybody reads them; some begin with the mark of odd ones.

    Addresses of the schemes that are this host's own lead nowhere else.
    """
    end = WORD.match(text)
    first = end.end() if end is not None else 0
    if (led := LED.match(text)) is not None and (HOSTLIKE.fullmatch(led[1].strip()) or "@" in led[1]):
        yield from _readings(led[1], is_first=True)
    for number, match in enumerate(ADDRESS.finditer(text)):
        if number == MOST:
            yield f"{MARK}(more than {MOST} addresses)"
            return
        if not own or _scheme(text, match.start()) not in own:
            yield from _readings(match[1], is_first=match.start() < first)


def is_odd(host: str) -> bool:
    """Whether it is written so that readers differ."""
    return host.startswith(MARK)


def plain(host: str) -> str:
    """A host as hosts are compared."""
    return dotted(host.lower()).strip(".")


def folded(text: str) -> str:
    """A text as names in it are compared, in which full-width letters are letters."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def dotted(text: str) -> str:
    """A text in which all full stops are the same: others separate labels as well (UTS 46)."""
    return text if text.isascii() else text.replace("\u3002", ".").replace("\uff0e", ".").replace("\uff61", ".")


def _scheme(text: str, end: int) -> str:
    """The scheme that ends here, where it is none of those that are known."""
    found = SCHEME.search(text[max(0, end - 32) : end].lower())
    return "" if found is None else found[0]


def _readings(authority: str, *, is_first: bool) -> Iterator[str]:
    """The hosts that an authority may name; in a sentence, words follow it."""
    line = authority.strip()
    if not is_first and "@" not in line:
        line = line.partition(" ")[0]
    pieces = ODD.split(line)
    if "@" in line:
        parts = [host for piece in pieces for part in piece.split("@") if (host := _host(part))]
        yield from (host for host in parts if "." in host)
        yield f"{MARK}{parts[-1] if parts else ''}"
        return
    if host := _host(pieces[0]):
        yield host
    if any("." in piece.strip(".") for piece in pieces[1:]) or any(piece[:1] == "." for piece in pieces[1:]):
        yield f"{MARK}{line}"


def _host(said: str) -> str:
    host = folded(unquote(said))
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return plain(host.partition(":")[0].rstrip(CLOSING))
