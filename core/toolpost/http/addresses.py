"""Where to listen, and whether anybody else could come there."""

from __future__ import annotations

import errno
import os
import socket
from ipaddress import ip_address

from toolpost.config.tables import Http
from toolpost.errors import ConfigError
from toolpost.http.names import bracketed, is_loopback

# What a name of this machine is, whatever `/etc/hosts` says; clients try the one or the other first.
LOCALHOST: list[tuple[int, str]] = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
# Where version 6 is switched off, version 4 is enough.
NO_SUCH_FAMILY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)
BACKLOG = 2048

Address = tuple[int, str]


def addresses(settings: Http) -> list[Address]:
    """The family and address of each place to listen at.

    Raises:
        ConfigError: the host has none.
    """
    if settings.host.lower().rstrip(".") == "localhost":
        return LOCALHOST
    try:
        found = socket.getaddrinfo(settings.host.strip("[]") or "?", None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ConfigError(f"[http] host: there is no {settings.host!r}; name an address of this machine") from None
    return list(dict.fromkeys((int(family), str(address[0])) for family, _, _, _, address in found))


def is_private(places: list[Address]) -> bool:
    """Whether only this machine can reach all of these, whatever name they were given by."""
    return all(ip_address(address.partition("%")[0]).is_loopback for _, address in places)


def listen(settings: Http, places: list[Address]) -> list[socket.socket]:
    """The sockets to accept at, all of the same port.

    Raises:
        ConfigError: somebody else listens there, or an address is not this machine's.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in places:
            port = sockets[0].getsockname()[1] if sockets else settings.port
            if (opened := _open(family, address, port, is_first=not sockets)) is not None:
                sockets.append(opened)
    except OSError as error:
        for one in sockets:
            one.close()
        raise ConfigError(
            f"[http] {settings.host}:{settings.port} cannot be listened at: {_why(error)}; "
            "end what listens there, or choose another --port"
        ) from None
    return sockets


def _why(error: OSError) -> str:
    """The system's words alone: Python adds in its own what stands before them here."""
    return os.strerror(error.errno) if error.errno else str(error)


def _open(family: int, address: str, port: int, *, is_first: bool) -> socket.socket | None:
    both = address == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((address, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as error:
        if is_first or error.errno not in NO_SUCH_FAMILY:
            raise
        return None


def url_of(settings: Http, listener: socket.socket) -> str:
    """The address that clients connect to."""
    scheme = "https" if settings.certificate else "http"
    host = settings.host.strip("[]")
    shown = "localhost" if is_loopback(host) or host in ("0.0.0.0", "::") else bracketed(host)  # noqa: S104 - not listened at here
    return f"{scheme}://{shown}:{listener.getsockname()[1]}{settings.path}"
