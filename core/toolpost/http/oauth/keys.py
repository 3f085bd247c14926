"""The keys of an authorization server: kept for a while, and looked for again when one is missing, but not at will."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import anyio

from toolpost.http.oauth.discovery import jwks_url
from toolpost.http.oauth.fetching import NotFetched, fetch

log = logging.getLogger("toolpost.http")
# Seconds after which keys are fetched anew; for which old ones do where they cannot be; and between two tries.
FRESH, STALE, PAUSE = 600.0, 6 * 3600.0, 30.0
# More than any server has in use; each is parsed.
AT_MOST = 64
KINDS = frozenset({"RSA", "EC", "OKP"})


@dataclass(frozen=True)
class Key:
    """A public key, and the one algorithm that it is for, if the issuer names one."""

    public: Any
    algorithm: str | None


@dataclass
class Keys:
    """The keys of one issuer by their names; `url` is found out where it is empty."""

    issuer: str
    url: str = ""
    clock: Callable[[], float] = monotonic
    _known: Mapping[str, Key] = field(default_factory=dict, repr=False)
    _fetched: float = float("-inf")
    _tried: float = float("-inf")
    _fetching: anyio.Lock = field(default_factory=anyio.Lock, repr=False)

    async def key(self, name: str | None) -> Key | None:
        """The key of this name (`kid`); of a token without one, the only key that there is."""
        found = self._find(name)
        if found is None or self._age() > FRESH:
            await self._refresh(can_wait=found is None)
            found = self._find(name)
        return found

    def _find(self, name: str | None) -> Key | None:
        if self._age() > STALE:
            return None
        if name is None:
            return next(iter(self._known.values())) if len(self._known) == 1 else None
        return self._known.get(name)

    def _age(self) -> float:
        return self.clock() - self._fetched

    async def _refresh(self, *, can_wait: bool) -> None:
        """Fetch the keys, unless somebody just tried; whoever has an old key does not wait for others."""
        if self._fetching.locked() and not can_wait:
            return
        async with self._fetching:
            if self.clock() - self._tried < PAUSE:
                return
            # A caller who leaves ends no fetch, or many who leave could cause any number of them.
            with anyio.CancelScope(shield=True):
                await self._fetch()

    async def _fetch(self) -> None:
        try:
            found = await fetch(self.url or await jwks_url(self.issuer))
            self._known = dict(_usable(found))
            self._fetched = self.clock()
        except NotFetched as error:
            log.warning("[http.oauth] the keys of the issuer cannot be fetched: %s", error)
        finally:
            self._tried = self.clock()


def _usable(found: Mapping[str, Any]) -> Iterator[tuple[str, Key]]:
    """The keys that sign; a secret that is published, or what cannot be read, is none."""
    import jwt

    listed = found.get("keys")
    for number, one in enumerate(listed[:AT_MOST] if isinstance(listed, list) else ()):
        if not isinstance(one, dict) or one.get("kty") not in KINDS or one.get("use", "sig") != "sig":
            continue
        try:
            yield str(one.get("kid", f"#{number}")), Key(jwt.PyJWK.from_dict(one).key, one.get("alg"))
        except (jwt.PyJWTError, ValueError, TypeError):
            log.warning("[http.oauth] a key of the issuer cannot be read")
