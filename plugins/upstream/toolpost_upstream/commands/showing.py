"""A server as a person may see it: without what may be a secret in its command or its address."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from toolpost.kit import HIDDEN, SECRET
from toolpost_upstream.servers import Server

# Long words of letters and digits together: a key, most often, where it is no path and no version.
KEY = re.compile(r"(?=[^\s/]*\d)(?=[^\s/]*[A-Za-z])[A-Za-z0-9_+=-]{24,}")


def reached_at(server: Server) -> str:
    """The command line or the address."""
    if server.url:
        return without_secrets(server.url)
    return shlex.join(_words((server.command, *server.args)))


def without_secrets(url: str) -> str:
    """An address without its user and its query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, KEY.sub(HIDDEN, parts.path), HIDDEN if parts.query else "", ""))


def row(server: Server) -> dict[str, Any]:
    """What is known of a server before it is asked, for programs; of variables and headers the names."""
    return {
        "name": server.name,
        "enabled": server.enabled,
        "transport": server.transport,
        "at": reached_at(server),
        "env": sorted(server.env),
        "headers": sorted(server.headers),
        "auth": server.auth,
        "from": server.origin,
    }


def _words(words: Sequence[str]) -> Iterator[str]:
    hide = False
    for word in words:
        flag, equals, value = word.partition("=")
        if hide and not word.startswith("-"):
            yield HIDDEN
        elif equals and SECRET.search(flag):
            yield f"{flag}={HIDDEN}"
        elif "://" in word:
            yield without_secrets(word)
        else:
            yield f"{flag}={KEY.sub(HIDDEN, value)}" if equals else KEY.sub(HIDDEN, word)
        hide = word.startswith("-") and not equals and SECRET.search(word) is not None
