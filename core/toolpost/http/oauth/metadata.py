"""What clients learn of how to get a token (RFC 9728), and the challenge that sends them there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from toolpost.config.tables import Http, Issuer
from toolpost.http.placing import OURS
from toolpost.routes import Route

WELL_KNOWN = "/.well-known/oauth-protected-resource"
REALM = b'Bearer realm="toolpost"'


def challenge(settings: Http, scope: str = "call") -> bytes:
    """What a refusal says of the tokens that are taken where this scope is needed (RFC 6750, section 3)."""
    issuer = settings.oauth
    if issuer is None:
        return REALM
    parts = [f'resource_metadata="{metadata_url(issuer)}"']
    if scopes := [name for name, meaning in issuer.scopes.items() if meaning == scope]:
        parts.append(f'scope="{" ".join(scopes)}"')
    return b", ".join([REALM, *(part.encode() for part in parts)])


def metadata_url(issuer: Issuer) -> str:
    """Where the metadata of this resource stands: its path comes behind the well-known one (RFC 9728, section 3.1)."""
    parts = urlsplit(issuer.resource_url)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path.rstrip('/')}"


def routes(settings: Http) -> list[tuple[str, Route]]:
    """Where clients find it: at the resource's own address, and without a path for those who look only there."""
    issuer = settings.oauth
    if issuer is None:
        return []
    known = {
        "resource": issuer.resource_url,
        "authorization_servers": [issuer.issuer],
        "scopes_supported": list(issuer.scopes),
        "bearer_methods_supported": ["header"],
        "resource_name": "toolpost",
    }
    if not issuer.scopes:
        del known["scopes_supported"]

    async def protected_resource() -> dict[str, Any]:
        """Which authorization server's tokens are taken here (RFC 9728)."""
        return known

    paths = {WELL_KNOWN, WELL_KNOWN + settings.path, urlsplit(metadata_url(issuer)).path}
    return [(OURS, Route(path, protected_resource, scope="public")) for path in sorted(paths)]
