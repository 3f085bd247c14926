"""Bearer tokens: the configuration holds their hashes alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from toolpost.config.tables import Token
from toolpost.http.caller import Caller

# A longer header is no token of ours, and not worth hashing.
LONGEST = 4096


@dataclass(frozen=True)
class Bearer:
    """The tokens of the configuration, compared in a time that does not tell how much of one is right."""

    known: tuple[tuple[bytes, Caller], ...]

    @classmethod
    def of(cls, tokens: Iterable[Token]) -> Bearer:
        """The verifier of these tokens."""
        return cls(tuple((bytes.fromhex(one.sha256), Caller(one.principal, frozenset(one.scopes))) for one in tokens))

    async def caller(self, authorization: bytes | None) -> Caller | None:
        """Whose token this is."""
        token = token_in(authorization)
        if token is None:
            return None
        digest = hashlib.sha256(token).digest()
        found = None
        # All are looked at, the right one too.
        for known, caller in self.known:
            if hmac.compare_digest(known, digest):
                found = caller
        return found


def token_in(authorization: bytes | None) -> bytes | None:
    """The token of a `Bearer` header (RFC 6750, section 2.1; the scheme's case does not matter, RFC 9110)."""
    if authorization is None or len(authorization) > LONGEST:
        return None
    scheme, _, token = authorization.partition(b" ")
    return token.strip() or None if scheme.lower() == b"bearer" else None
