"""Where an authorization server has its keys (RFC 8414, section 3; OpenID Connect Discovery 1.0, section 4)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from toolpost.http.oauth.fetching import NotFetched, fetch


async def jwks_url(issuer: str) -> str:
    """The address of the keys, as the issuer's own metadata names it.

    Raises:
        NotFetched: there is no such document, or it is another issuer's.
    """
    why = "it has no metadata"
    for url in places(issuer):
        try:
            found = await fetch(url)
        except NotFetched as error:
            why = f"its metadata is not to be had: {error}"
            continue
        if found.get("issuer") != issuer:
            raise NotFetched("its metadata names another issuer")
        if isinstance(found.get("jwks_uri"), str):
            return str(found["jwks_uri"])
        why = "its metadata names no jwks_uri"
    raise NotFetched(why)


def places(issuer: str) -> Iterator[str]:
    """Where the metadata may lie: before the path of the issuer, as RFC 8414 has it, or behind it, as OpenID has."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{origin}/.well-known/oauth-authorization-server{path}"
    yield f"{origin}/.well-known/openid-configuration{path}"
    if path:
        yield f"{origin}{path}/.well-known/openid-configuration"
