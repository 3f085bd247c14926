"""Values of which a part is kept: enough for a person to recognise their own, and for nobody to use it."""

from __future__ import annotations

import re

YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)", re.ASCII)
PLAIN_DOMAIN = re.compile(r"[0-9A-Za-z.\-]+")


def partial(type_: str, value: str) -> str:
    """The mark of a value with the part that is kept, such as `[CREDIT_CARD:***1111]`."""
    return f"[{type_}:{_kept(type_, value)}]"


def _kept(type_: str, value: str) -> str:
    match type_:
        case "API_KEY" | "PERSON":
            return "***"
        case "EMAIL":
            return _domain(value)
        case "IP":
            return _network(value)
        case "IBAN":
            return value[:2].upper() + _last(value)
        case _ if "BIRTH" in type_:
            year = YEAR.search(value)
            return year[0] if year else "***"
    return _last(value)


def _domain(value: str) -> str:
    domain = value.rpartition("@")[2]
    return f"***@{domain}" if "@" in value and PLAIN_DOMAIN.fullmatch(domain) else "***"


def _network(value: str) -> str:
    """The first half of an IPv4 address, the first group of an IPv6 one."""
    if value.count(".") == 3 and ":" not in value:
        return ".".join(value.split(".")[:2]) + ".***"
    return value.partition(":")[0] + ":***"


def _last(value: str) -> str:
    """The last four letters and digits, the last two of a short value, none of a very short one."""
    plain = "".join(char for char in value if char.isalnum())
    kept = 4 if len(plain) >= 9 else 2 if len(plain) >= 6 else 0
    return "***" + plain[len(plain) - kept :]
