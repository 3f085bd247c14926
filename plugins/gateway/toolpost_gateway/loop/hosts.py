"""The hosts that texts name: where a call would go, and where the caller said that it may."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from toolpost_gateway.loop.authority import addressed, dotted, folded, is_odd, plain
from toolpost_gateway.loop.patterns import fits
from toolpost_gateway.loop.texts import forms, texts

# A host without a scheme, the domain of a mail address, and a domain that a path or a port follows.
BARE = re.compile(
    r"(?:(?<![:\w/\\.])//+|(?<=[\w.%+-])@|(?<![\w@./\\:-]))"
    r"((?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59}|\d{1,3}))"
    r"(?![\w-]|\.\w)"
)
# By what a word with full stops is a domain where nothing else says it: the ends of most, and two letters, or any
# end of more than two words, but …
ENDS = re.compile(
    r"com|net|org|info|biz|edu|gov|mil|int|arpa|app|art|bar|blog|bot|buzz|click|cloud|club|cyou|dev|digital|download"
    r"|email|fun|games|host|icu|life|link|live|lol|media|monster|network|news|ninja|one|online|page|pro|quest|rocks"
    r"|run|sbs|shop|site|social|solutions|space|store|stream|studio|support|systems|team|tech|today|tools|top|video"
    r"|vip|website|wiki|work|world|xyz|zone|example|test|onion|local|localhost|internal|lan"
)
# … those that end the names of files.
FILES = re.compile(
    r"7z|bak|bmp|bz2|c|cfg|conf|cpp|cs|css|csv|db|doc|docx|gif|go|gz|h|htm|html|ini|ipynb|java|jpeg|jpg|js|json"
    r"|jsonl|key|lock|log|md|mjs|mov|mp3|mp4|odt|parquet|pdf|pem|php|pl|png|ppt|pptx|ps|ps1|py|rb|rs|rst|sh|sql"
    r"|sqlite|svg|tar|tex|tgz|tmp|toml|ts|tsv|tsx|txt|wav|webp|xls|xlsx|xml|xz|yaml|yml|zip"
)
# A domain or an address of four numbers in plain words.
NAMED = re.compile(r"(?<![\w.-])(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?(?![\w-])")
OWN = frozenset({"user", "system", "developer"})
# Characters of a text in which names are looked for.
LONGEST = 200_000
PORT = re.compile(r":\d")
IPV4 = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
# In front of a name, the same host to everybody.
WWW = "www."
# Among the hosts that an operator allows: all of them.
EVERY = "*"


def hosts_in(value: Any, own: Container[str] = ()) -> set[str]:
    """The hosts of all addresses in a JSON value, also of those that are written in percent signs, or in JSON.

    Schemes that are this host's `own`, as its resources have them, lead nowhere else.
    """
    found: set[str] = set()
    for form in _forms(value):
        found.update(addressed(form, own))
        found.update(_bare(dotted(folded(form))))
    return found


def named_by(messages: Iterable[Mapping[str, Any]]) -> set[str]:
    """The hosts that a caller's own words name, with an address or without; a file's name is no host by itself."""
    found: set[str] = set()
    for message in messages:
        if message.get("role") in OWN:
            content = _said(message.get("content"))
            for form in _forms(content):
                found.update(host for host in addressed(form) if not is_odd(host))
                found.update(host for host in _bare(dotted(folded(form))) if not _is_file(host))
            for text in texts(content):
                names = map(plain, NAMED.findall(folded(text[:LONGEST])))
                found.update(name for name in names if not _is_file(name))
    return found


def strange(arguments: Any, named: set[str], allowed: Sequence[str], own: Container[str] = ()) -> list[str]:
    """The hosts in arguments that nobody has named, in order; what readers read differently is always one."""
    known = named | {name.removeprefix(WWW) for name in named} | {WWW + name for name in named}
    return sorted(host for host in hosts_in(arguments, own) if host not in known and not _is_allowed(host, allowed))


def said_by_model(messages: Iterable[Mapping[str, Any]]) -> set[str]:
    """The hosts that only earlier answers name, from wherever they have them."""
    spoken = (message.get("content") for message in messages if message.get("role") == "assistant")
    return {host for content in spoken for host in hosts_in(_said(content))}


def _said(content: Any) -> list[str]:
    """The words of a message, and where its pictures are."""
    if not isinstance(content, list | tuple):
        return [content] if isinstance(content, str) else []
    parts = [part for part in content if isinstance(part, Mapping)]
    images = [part["image_url"].get("url") for part in parts if isinstance(part.get("image_url"), Mapping)]
    return [text for text in (*(part.get("text") for part in parts), *images) if isinstance(text, str)]


def _forms(value: Any) -> Iterator[str]:
    return (form for text in texts(value) for form in forms(text))


def _is_allowed(host: str, allowed: Sequence[str]) -> bool:
    return EVERY in allowed if is_odd(host) else fits(host, allowed)


def _is_file(name: str) -> bool:
    return FILES.fullmatch(name.rpartition(".")[2]) is not None


def _bare(text: str) -> Iterator[str]:
    """Hosts that are written without a scheme: before a path or a port, in a mail address, or as all there is."""
    for match in BARE.finditer(text):
        host, before, after = plain(match[1]), match[0][:1], text[match.end() : match.end() + 1]
        if host.rpartition(".")[2].isdigit() and not IPV4.fullmatch(host):
            continue
        is_led = before in ("/", "@") or after in tuple("/?#\\") or PORT.match(text, match.end()) is not None
        if is_led or (match[0] == text.strip(" .") and _ends_so(host)):
            yield host


def _ends_so(host: str) -> bool:
    end = host.rpartition(".")[2]
    is_long = len(end) == 2 or host.count(".") > 1
    return (
        end.isdigit()
        or ENDS.fullmatch(end) is not None
        or end.startswith("xn--")
        or (is_long and FILES.fullmatch(end) is None)
    )
