"""Bearer tokens: the configuration holds their hashes alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from toolpost.config.tables import Token
from toolpost.http.caller import Caller, Verifier, token_in


@dataclass(frozen=True)
class Bearer:
    """The tokens of the configuration, compared in a time that does not tell how much of one is right.

    What is none of them goes to `other`, where there is one.
    """

    known: tuple[tuple[bytes, Caller], ...]
    other: Verifier | None = None

    @classmethod
    def of(cls, tokens: Iterable[Token], other: Verifier | None = None) -> Bearer:
        """The verifier of these tokens."""
        known = ((bytes.fromhex(one.sha256), Caller(one.principal, frozenset(one.scopes))) for one in tokens)
        return cls(tuple(known), other)

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
        if found is None and self.other is not None:
            return await self.other.caller(authorization)
        return found
