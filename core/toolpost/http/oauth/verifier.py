"""Signed access tokens (JWT): from a string to a caller, or to nobody."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from time import time
from typing import Any

from toolpost.config.tables import Issuer
from toolpost.http.caller import ANYONE, Caller, token_in
from toolpost.http.oauth.keys import Key, Keys

log = logging.getLogger("toolpost.http")
# Of access tokens (RFC 9068, section 2.1), and of those who do not say. A token for something else is none.
TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
# So many tokens are remembered for so many seconds once they were found good, by their digests.
REMEMBERED, SECONDS = 1024, 60.0
LONGEST = 200


class OAuth:
    """Takes the tokens of one issuer that are meant for this server.

    `taken` are principals that the configuration gives to its own tokens: an
    issuer's user of the same name is somebody else.
    """

    def __init__(
        self, issuer: Issuer, keys: Keys, taken: Iterable[str] = (), clock: Callable[[], float] = time
    ) -> None:
        self._issuer = issuer
        self._keys = keys
        self._taken = frozenset({*taken, ANYONE.principal, "anyone"})
        self._clock = clock
        self._good: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def caller(self, authorization: bytes | None) -> Caller | None:
        """Whose token this is."""
        token = token_in(authorization)
        if token is None or token.count(b".") != 2:
            return None
        digest, now = hashlib.sha256(token).digest(), self._clock()
        until, caller = self._good.get(digest, (0.0, None))
        if caller is not None and now < until:
            return caller
        claims = await self._claims(token)
        caller = self._caller(claims) if claims is not None else None
        if claims is not None and caller is not None:
            self._remember(digest, min(now + SECONDS, float(claims["exp"])), caller)
        return caller

    async def _claims(self, token: bytes) -> dict[str, Any] | None:
        """What a token says, if all about it is right."""
        import jwt

        try:
            head = jwt.get_unverified_header(token)
            key = await self._keys.key(head.get("kid")) if self._is_taken(head) else None
            if key is None or key.algorithm not in (None, head["alg"]):
                return None
            return self._decoded(token, key, head["alg"])
        except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            log.info("[http.oauth] a token is refused: %s", type(error).__name__)
            return None

    def _is_taken(self, head: Mapping[str, Any]) -> bool:
        return head.get("alg") in self._issuer.algorithms and str(head.get("typ", "")).lower() in TYPES

    def _decoded(self, token: bytes, key: Key, algorithm: str) -> dict[str, Any]:
        import jwt

        return jwt.decode(
            token,
            key.public,
            # The one of the head, which stands in our list: never all that the key could do.
            algorithms=[algorithm],
            audience=self._issuer.audience,
            issuer=self._issuer.issuer,
            leeway=self._issuer.leeway,
            options={
                "require": ["exp", "iss", "aud", self._issuer.principal_claim],
                "enforce_minimum_key_length": True,
            },
        )

    def _caller(self, claims: Mapping[str, Any]) -> Caller | None:
        principal = claims.get(self._issuer.principal_claim)
        if not isinstance(principal, str) or not principal.isprintable() or not 0 < len(principal) <= LONGEST:
            return None
        if principal in self._taken:
            log.warning("[http.oauth] a token is refused: its principal is that of a token in [http.tokens]")
            return None
        return Caller(principal, frozenset(self._scopes(claims)))

    def _scopes(self, claims: Mapping[str, Any]) -> Iterable[str]:
        """What the caller may do; where the configuration maps no scopes, any token of ours may call."""
        if not self._issuer.scopes:
            return ("call",)
        said = claims.get("scope", claims.get("scp", ""))
        words = said.split() if isinstance(said, str) else said if isinstance(said, list) else ()
        return (self._issuer.scopes[word] for word in words if isinstance(word, str) and word in self._issuer.scopes)

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        self._good[digest] = (until, caller)
        self._good.move_to_end(digest)
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)
