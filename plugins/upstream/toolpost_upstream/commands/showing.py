"""A server as a person may see it: without what may be a secret in its command or its address."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from toolpost.kit import HIDDEN, SECRET
from toolpost_upstream.servers.server import Server

# Long words of letters and digits together: a key, most often, where it is no path and no version.
KEY = re.compile(r"(?=[^\s/]*\d)(?=[^\s/]*[A-Za-z])[A-Za-z0-9_+=-]{24,}")
# Part of an address after its first: what people are to know is its host, and a short key is one too.
PART = re.compile(r"(?<=/)(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_+=~.-]{8,}")
# `TOKEN=…` and `Authorization: Bearer …`, wherever they stand in a word, such as in one for a shell.
VALUE = r"""("[^"]*"|'[^']*'|[^\s"';&|]+)"""
ASSIGNED = re.compile(rf"""([\w.-]*(?:{SECRET.pattern})[\w.-]*["']?(?:=|:\s+)){VALUE}""", re.IGNORECASE)
SCHEME = re.compile(rf"\b(bearer|basic|token)(\s+){VALUE}", re.IGNORECASE)
# What follows these is most often a password, or a header; it is none where it is a port, as Docker has it.
PASSWORD, HEADER = ("-p", "-u", "--user"), ("-H", "--header", "--headers")
PORT = re.compile(r"[\d.:]+(/\w+)?")


def reached_at(server: Server) -> str:
    """The command line or the address."""
    if server.url:
        return without_secrets(server.url)
    return shlex.join(_words((server.command, *server.args)))


def without_secrets(url: str) -> str:
    """An address without its user, its query, and what may be a key in its path."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, PART.sub(HIDDEN, parts.path), HIDDEN if parts.query else "", ""))


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
    flag = ""
    for word in words:
        yield _after(flag, word)
        flag = word if word.startswith("-") and "=" not in word else ""


def _after(flag: str, word: str) -> str:
    """A word as it may be seen, which stands after a flag, or after none."""
    if flag in HEADER:
        return _header(word)
    if flag in PASSWORD and not PORT.fullmatch(word) and not word.startswith(("-", "@")):
        return HIDDEN
    if SECRET.search(flag) and not word.startswith("-"):
        return HIDDEN
    name, equals, value = word.partition("=")
    if equals and name in HEADER:
        return f"{name}={_header(value)}"
    if equals and SECRET.search(name) and " " not in name:
        return f"{name}={HIDDEN}"
    return _inside(word)


def _header(text: str) -> str:
    name, mark, value = re.match(r"([^:=]*)([:=]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]  # it fits any text
    return f"{name}{mark} {HIDDEN}" if value else HIDDEN


def _inside(word: str) -> str:
    if "://" in word and " " not in word:
        before, scheme, rest = re.match(r"(.*?)([A-Za-z][\w+.-]*://)(.*)", word, re.DOTALL).groups()  # type: ignore[union-attr]  # see above
        return before + _address(scheme + rest)
    word = ASSIGNED.sub(rf"\1{HIDDEN}", SCHEME.sub(rf"\1\2{HIDDEN}", word))
    return KEY.sub(HIDDEN, word)


def _address(text: str) -> str:
    try:
        return without_secrets(text)
    except ValueError:
        return HIDDEN
