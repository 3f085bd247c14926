"""Addresses on the web, read in one way only: what two parsers could read differently is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

DEFAULT_PORTS = {"http": 80, "https": 443}
WEB_PORTS = {"http": (80, 8080), "https": (443, 8443)}
LONGEST = 8192

FORM = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>[/?][^#]*)?(?:#.*)?",
    re.IGNORECASE | re.ASCII,
)
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# What ends so is an IPv4 address in some notation (WHATWG URL, "ends in a number").
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that never lead to the Internet: RFC 6761, 6762, 7686, 8375, 9476, and what networks use for themselves.
LOCAL_NAMES = frozenset(
    (
        *("alt", "arpa", "corp", "example", "home", "internal", "intranet", "invalid", "lan"),
        *("local", "localdomain", "localhost", "mail", "onion", "private", "test"),
        *("belkin", "bit", "cluster", "consul", "default", "dlink", "domain", "i2p", "localdomain4", "localdomain6"),
        *("localnet", "svc", "workgroup"),
    )
)
# Names that the makers of clouds gave their metadata in the public tree.
METADATA = frozenset(
    ("metadata.goog", "metadata.packet.net", "metadata.platformequinix.com", "metadata.tencentyun.com")
)
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class NotCanonical(ValueError):
    """An address that is refused as it stands."""

    def __init__(self) -> None:
        super().__init__("not an address in its one plain form")


@dataclass(frozen=True)
class URL:
    """An address: `host` is a name in lower case or an IP address without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """`host`, with the port where it is not the scheme's own: the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse(text: str) -> URL:
    """Read an address.

    Raises:
        NotCanonical: it has user names, escapes or foreign letters in the host, other notations of
            IP addresses, white space, backslashes or control characters.
    """
    if len(text) > LONGEST or not text.isprintable() or " " in text or "\\" in text:
        raise NotCanonical()
    found = FORM.fullmatch(text)
    if found is None:
        raise NotCanonical()
    scheme = found["scheme"].lower()
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if port > 65535:
        raise NotCanonical()
    return URL(scheme, _host(found["host"].lower()), port, _target(found["target"] or "/"))


def redirected(url: URL, location: str) -> URL:
    """Where a redirect leads.

    Raises:
        NotCanonical: as `parse`; or it leads from https to http.
    """
    if set(location) - set(PRINTABLE) or "\\" in location:
        raise NotCanonical()
    if location.startswith("//"):
        location = f"{url.scheme}:{location}"
    elif not ABSOLUTE.match(location):
        location = urljoin(str(url), location)
    there = parse(location)
    if (url.scheme, there.scheme) == ("https", "http"):
        raise NotCanonical()
    return there


def is_local_name(host: str) -> bool:
    """Whether a host is known by name to be no public one; addresses are not names."""
    labels = host.split(".")
    if ":" in host or NUMBER.fullmatch(labels[-1]):
        return False
    return len(labels) == 1 or labels[-1] in LOCAL_NAMES or host in METADATA


def _host(host: str) -> str:
    try:
        if host.startswith("["):
            return str(IPv6Address(host[1:-1]))
        if NUMBER.fullmatch(host.split(".")[-1]):
            return str(IPv4Address(host))
    except ValueError:
        raise NotCanonical() from None
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise NotCanonical()
    return host


def _target(target: str) -> str:
    """The path and the query, with letters that are not ASCII escaped."""
    return quote(target if target.startswith("/") else f"/{target}", safe=PRINTABLE)
