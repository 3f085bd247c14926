"""Who a request is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

# Where the edge puts the caller for those behind it, in the ASGI scope.
CALLER = "toolpost.caller"
REQUEST_ID = "toolpost.request_id"

# A longer header holds no token of ours, nor one that an authorization server would send.
LONGEST = 16_384


@dataclass(frozen=True)
class Caller:
    """A principal, and what it may do."""

    principal: str
    scopes: frozenset[str]


# Without tokens the edge answers loopback alone. Whoever reaches it may call tools; nobody is the operator.
ANYONE = Caller("local", frozenset({"call"}))


class Verifier(Protocol):
    """Tells who a request is from by its headers."""

    async def caller(self, authorization: bytes | None) -> Caller | None:
        """Who brings this `Authorization` header; None where it is missing or wrong."""
        ...


class Loopback:
    """No authentication: for servers that only this machine can reach."""

    async def caller(self, authorization: bytes | None) -> Caller | None:
        """Anyone, whatever they bring."""
        return ANYONE


@dataclass
class Current:
    """The verifier in force, which a changed configuration replaces."""

    verifier: Verifier

    async def caller(self, authorization: bytes | None) -> Caller | None:
        """Who brings this, as of now."""
        return await self.verifier.caller(authorization)


def caller_of(scope: Mapping[str, Any]) -> Caller:
    """The caller of a request that has passed the edge."""
    found: Caller = scope[CALLER]
    return found


def token_in(authorization: bytes | None) -> bytes | None:
    """The token of a `Bearer` header (RFC 6750, section 2.1; the scheme's case does not matter, RFC 9110)."""
    if authorization is None or len(authorization) > LONGEST:
        return None
    scheme, _, token = authorization.partition(b" ")
    return token.strip() or None if scheme.lower() == b"bearer" else None
