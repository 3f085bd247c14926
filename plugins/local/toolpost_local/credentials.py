"""Who we are to a package index: the name and password in its URL, else those in the user's netrc."""

from __future__ import annotations

import netrc
from collections.abc import Generator
from urllib.parse import unquote, urlsplit

import httpx2


class Credentials(httpx2.Auth):
    """Sends an index's password to the server of that index, and to no other that holds its files."""

    def __init__(self, index: str) -> None:
        parts = urlsplit(index)
        self._origin = _origin(httpx2.URL(public(index)))
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Signs a request where there is something to sign it with."""
        user, password = self._user, self._password
        if not (user or password) or _origin(request.url) != self._origin:
            user, password = _from_netrc(request.url.host)
        signed = httpx2.BasicAuth(user, password) if user or password else httpx2.Auth()
        yield from signed.auth_flow(request)


def public(index: str) -> str:
    """An index's URL without its password, as it may be shown and logged."""
    parts = urlsplit(index)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _from_netrc(host: str) -> tuple[str, str]:
    try:
        user, _, password = netrc.netrc().authenticators(host) or ("", "", "")
    except (OSError, netrc.NetrcParseError):
        return "", ""
    return user, password
