"""What toolpost says of itself to an authorization server, and which scopes it asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx2
from mcp.client.auth.utils import extract_scope_from_www_auth, union_scopes
from mcp.shared.auth import OAuthClientMetadata
from pydantic import AnyUrl, PrivateAttr
from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    from toolpost_upstream.servers.server import Server

# RFC 6749, 3.3; more is nothing that anybody would agree to.
SCOPE, LONGEST = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*"), 1000


class Wanting(OAuthClientMetadata):
    """Metadata whose scopes are the operator's own, or those that the server names and those that calls have lacked."""

    _is_fixed: bool = PrivateAttr(default=False)
    _more: str | None = PrivateAttr(default=None)

    def __setattr__(self, name: str, value: object) -> None:
        if name != "scope":
            super().__setattr__(name, value)
        elif not self._is_fixed:
            super().__setattr__(name, union_scopes(value if isinstance(value, str) else None, self._more))


def metadata(server: Server, redirects: tuple[str, ...] = (), more: str | None = None) -> OAuthClientMetadata:
    """What toolpost says of itself where it registers; `more` are scopes beyond those that the server names."""
    made = Wanting(
        client_name="toolpost",
        redirect_uris=[AnyUrl(one) for one in redirects] or None,
        token_endpoint_auth_method="none",  # noqa: S106 - the name of a way, and no password
        scope=server.oauth.scope or None,
    )
    made._is_fixed, made._more = bool(server.oauth.scope), more
    return made


def lacking(response: httpx2.Response) -> str | None:
    """The scopes that a request lacked, if the server names them in form."""
    scope = extract_scope_from_www_auth(response)
    return scope if scope and len(scope) <= LONGEST and SCOPE.fullmatch(scope) else None


def without_scopes(sent: httpx2.Request, answer: httpx2.Response) -> httpx2.Request | None:
    """A registration that names no scopes, where one that does was refused; None for any other request.

    There are authorization servers that take only scopes of their own there,
    and those of the servers that they guard only where somebody logs in; and
    others that give a client nothing but what it named.
    """
    # All else that a login sends is a form, or has no body.
    if answer.status_code != 400 or sent.headers.get("content-type") != "application/json":
        return None
    body = from_json(sent.content)
    if not body.pop("scope", None):
        return None
    return httpx2.Request("POST", sent.url, content=to_json(body), headers={"content-type": "application/json"})
