"""Logins in the store: one record a server, so that what belongs together is written together."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mcp.shared.auth import OAuthClientInformationFull, OAuthMetadata, OAuthToken, ProtectedResourceMetadata
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from toolpost import Space, Store
    from toolpost_upstream.servers.server import Server

SPACE = "upstream-logins"
# More than a renewal may take: so long others wait for a process that was killed in the middle of one.
LEASE = 15.0


class Login(BaseModel):
    """All that a later process needs.

    `expires` is Unix time, None where the server did not say; `more` are
    scopes that calls have lacked.
    """

    tokens: OAuthToken | None = None
    expires: float | None = None
    client: OAuthClientInformationFull | None = None
    metadata: OAuthMetadata | None = None
    resource: ProtectedResourceMetadata | None = None
    more: str | None = None

    def __repr__(self) -> str:
        return "Login(…)"


@dataclass
class Keeping:
    """The SDK's `TokenStorage` for one server; without a space, it is kept for this process alone."""

    space: Space | None
    key: str
    clock: Callable[[], float] = time.time
    login: Login = field(default_factory=Login, repr=False)

    @classmethod
    def of(cls, server: Server, store: Store) -> Keeping:
        """The record of a server: of its very address and client, so that no token is ever sent elsewhere."""
        who = "\0".join((server.url, server.oauth.grant, server.oauth.client_id, server.oauth.issuer))
        return cls(store.space(SPACE), f"{server.name}:{hashlib.sha256(who.encode()).hexdigest()[:24]}")

    def staged(self) -> Keeping:
        """A record to fill, which is `save`d when the login is complete."""
        return replace(self, space=None, login=Login())

    def alone(self) -> AbstractAsyncContextManager[None]:
        """The record is nobody else's meanwhile, in any process, for up to `LEASE` seconds."""
        return nullcontext() if self.space is None else self.space.lock(self.key, LEASE)

    async def load(self) -> Login:
        """What is kept now; another process may have changed it."""
        if self.space is not None:
            content = await self.space.get(self.key)
            try:
                self.login = Login.model_validate_json(content) if content else Login()
            except ValidationError:  # of another version, or damaged: as if nobody had logged in
                self.login = Login()
        return self.login

    async def save(self, login: Login) -> None:
        """Keep a login."""
        self.login = login
        if self.space is not None:
            await self.space.set(self.key, login.model_dump_json(exclude_none=True).encode())

    async def forget(self) -> bool:
        """Remove it; False where there is none."""
        async with self.alone():
            self.login = Login()
            return self.space is not None and await self.space.delete(self.key)

    async def get_tokens(self) -> OAuthToken | None:
        """As `TokenStorage.get_tokens`."""
        return (await self.load()).tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """As `TokenStorage.set_tokens`."""
        expires = None if tokens.expires_in is None else self.clock() + tokens.expires_in
        await self.save(self.login.model_copy(update={"tokens": tokens, "expires": expires}))

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """As `TokenStorage.get_client_info`."""
        return self.login.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """As `TokenStorage.set_client_info`."""
        await self.save(self.login.model_copy(update={"client": client_info}))
