"""All texts in a JSON value, however they are wrapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from pydantic_core import from_json

DEEPEST = 250
# How often an address may be written in percent signs, and JSON stand in a text of JSON.
UNQUOTED, NESTED = 16, 3
# Members of arguments that are hosts, whatever they look like.
HOSTS = re.compile(r"\w*?(?:host|domain|server|site|endpoint|fqdn|proxy|url|uri|href)(?:_?name)?s?", re.IGNORECASE)
# One that says itself that it is an address.
LED = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{0,30}:)?[\\/]", re.IGNORECASE)
# A picture that is there itself leads nowhere.
INLINE = re.compile(r"data:image/(?!svg)[\w.+-]+;base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)


def forms(text: str) -> Iterator[str]:
    """A text as it stands, and as it reads after each unquoting; browsers pass over tabs and line ends."""
    yield text
    bare = re.sub(r"[\t\r\n]", "", text)
    if bare != text:
        yield bare
    for _ in range(UNQUOTED):
        before, bare = bare, unquote(bare) if "%" in bare else bare
        if bare == before:
            return
        yield bare


def texts(value: Any, depth: int = DEEPEST, nested: int = NESTED) -> Iterator[str]:
    """All texts in a JSON value, names of members among them, and those in JSON that is a text."""
    match value:
        case str():
            if not INLINE.fullmatch(value):
                yield value
                yield from texts(_parsed(value), depth - 1, nested - 1) if nested and depth else ()
        case Mapping() if depth:
            for name, member in value.items():
                yield str(name)
                yield from texts(member, depth - 1, nested)
                if HOSTS.fullmatch(str(name)):
                    yield from _led(member)
        case list() | tuple() if depth:
            for member in value:
                yield from texts(member, depth - 1, nested)


def _led(member: Any) -> Iterator[str]:
    """Hosts as addresses."""
    for one in member if isinstance(member, list | tuple) else (member,):
        if isinstance(one, str) and not LED.match(one):
            yield f"//{one}"


def _parsed(text: str) -> Any:
    """What a text is that holds JSON; None for others, and for those in which nothing is written otherwise."""
    if "\\" not in text or text.lstrip()[:1] not in ("{", "[", '"'):
        return None
    try:
        return from_json(text)
    except ValueError:
        return None
