"""Links that show one picture to whoever has them, for a while."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from hashlib import sha256

from toolpost_gallery.collection import Collection
from toolpost_gallery.entry import LETTERS, WEB, Entry

HOUR = 3600.0
# The secret is in the query, which no log of ours holds.
PATH = f"{WEB}lent"
BYTES = 24
# What every secret looks like: letters alone, as ids are.
SECRET = f"[a-p]{{{2 * BYTES}}}"


@dataclass(frozen=True)
class Lending:
    """Makes links that work for `hours`, and finds the pictures behind them.

    A page that is not ours shows a picture with no token of its reader's, as
    an `<img>` in a chat does. The store holds digests, of which nobody can
    make a link.
    """

    collection: Collection
    hours: float

    async def lend(self, principal: str, identifier: str) -> str | None:
        """The path of a link to a picture of this principal; None where it has no such picture, or no links are lent.

        Raises:
            Unavailable: the store cannot be written.
        """
        entry = await self.collection.find(principal, identifier) if self.hours else None
        if entry is None or not entry.is_kept:
            return None
        secret = secrets.token_hex(BYTES).translate(LETTERS)
        await self.collection.space.set(_key(secret), entry.key.encode(), self.hours * HOUR)
        return f"{PATH}?link={secret}"

    async def lent(self, secret: str) -> Entry | None:
        """The picture of a link; None where it has expired, or the picture is gone."""
        key = await self.collection.space.get(_key(secret))
        return await self.collection.at(key.decode()) if key is not None else None


def _key(secret: str) -> str:
    return f"lent:{sha256(secret.encode()).hexdigest()}"
