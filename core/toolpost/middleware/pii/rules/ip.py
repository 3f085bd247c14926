"""Internet addresses, and not what merely looks like one: versions, times, slices, scopes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from toolpost.middleware.pii.rule import Rule, Span, follows, spans
from toolpost.middleware.pii.shadow import Shadow

# "192[.]168[.]1[.]1" is how those write it who want nobody to click on it.
DOT = rb"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
FOUR = rb"(?:^|[^0-9A-Za-z_.\xe0])[0-9]{1,3}" + 3 * (DOT + rb"[0-9]{1,3}")
ZONE = re.compile(r"%[0-9A-Za-z][0-9A-Za-z_.\-]{0,15}")
SIX = rb"[0-9A-Fa-f:]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*"

# What stands in front of a number with four parts that is no address.
NUMBERED = (
    r"(?:\b(?:v|ver|vers|versions?|release|build|firmware|driver|revision|rev|upgraded? to|section|sec|chapter|clause"
    r"|paragraph|oid|article|appendix|table|figure|versión|versione|versão|wersja|rv|sdk|jdk|jre"
    r"|kernel|patch|update to|artikel|openssl|libressl|glibc|gcc|jquery|electron|chromium)"
    r"|§|верси[яюи]|版本|版|第|バージョン|버전)[\s.:=#'\"]{0,4}\z|[<>~^=!]=\s?\z|[~^]\z"
)
UNDONE = re.compile(r"[\[(](?:\.|dot)[\])]")
PRODUCT = r"[a-z]/\z"
PRIVATE = ("10.", "127.", "172.", "192.168.")
LONGEST = len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")


def four(page: Shadow) -> Iterator[Span]:
    """IPv4 addresses."""
    for start, end in spans(FOUR, page):
        start += not page.text[start].isdigit()
        if _octets(UNDONE.sub(".", page.text[start:end])) and not _goes_on(page, end) and not _is_version(page, start):
            yield Span(start, end, "IP")


def six(page: Shadow) -> Iterator[Span]:
    """IPv6 addresses."""
    for start, end in spans(SIX, page):
        if end - start > LONGEST + 2:
            continue
        found = page.text[start:end].rstrip(".")
        cut = 1 if found.startswith(":") and not found.startswith("::") else _label(page.before(start, 1), found)
        start, found = start + cut, found[cut:]
        if found.endswith(":") and not found.endswith("::"):
            found = found[:-1]
        end = start + len(found)
        if not _adjoins(page, start, end) and _is_address(found, page.before(start, 2)):
            zone = ZONE.match(page.text, end)
            yield Span(start, zone.end() if zone else end, "IP")


def _label(before: str, found: str) -> int:
    """How much of a find is the end of a label and its colon, as in `value:2001:db8::1`."""
    head, _, rest = found.partition(":")
    in_a_word = before.isascii() and (before.isalnum() or before == "_")
    return len(head) + 1 if in_a_word and rest and not rest.startswith(":") else 0


def _octets(found: str) -> bool:
    parts = found.split(".")
    plain = all(len(part) in (1, 3) or part[0] != "0" for part in parts)
    return plain and all(int(part) < 256 for part in parts)


def _goes_on(page: Shadow, end: int) -> bool:
    after, next_one = page.at(end), page.at(end + 1)
    if after.isascii() and (after.isalnum() or after == "_"):
        return True
    return (after == "." and next_one.isdigit()) or (after in "-+" and next_one.isascii() and next_one.isalpha())


def _is_version(page: Shadow, start: int) -> bool:
    before = page.before(start, 14)
    if follows(PRODUCT, before):  # Chrome/1.2.3.4, but also host/10.0.0.1
        return not page.text.startswith(PRIVATE, start)
    return follows(NUMBERED, before)


def _adjoins(page: Shadow, start: int, end: int) -> bool:
    around = page.at(start - 1) + page.at(end)
    return any(char == "_" or (char.isascii() and char.isalnum()) for char in around)


def _is_address(found: str, before: str) -> bool:
    groups = [group for group in found.split(":") if group]
    # Names in programs have no digits, and seldom so many letters from a to f.
    if not groups or (sum(map(len, groups)) < 8 and not any(map(str.isdigit, found))):
        return False
    # x[::2] is a slice in half the world's programs.
    if before[-1:] == "[" and (before[:1].isalnum() or before[:1] in ("]", ")")) and len(groups) < 3:
        return False
    if len(groups) < 3 and max(map(len, groups)) < 3:
        return False
    try:
        IPv6Address(found)
    except AddressValueError:
        return False
    return True


IP = frozenset({"IP"})
RULES = (
    Rule(IP, r"[0-9](?:[\[(]?(?:\.|dot)[\])]?[0-9]{1,3}){3}", four),
    Rule(IP, r"[0-9A-Fa-f]:[0-9A-Fa-f]{0,4}:|::[0-9A-Fa-f]", six),
)
