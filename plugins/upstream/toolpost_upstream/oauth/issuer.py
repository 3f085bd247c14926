"""Who an authorization server says it is."""

from __future__ import annotations

from mcp.client.auth.utils import issuers_match


class Issuer(str):
    """An issuer, of whom a `/` behind nothing but a host says nothing.

    Servers that are written with pydantic's addresses, as the SDK's are, add
    it to the issuer that they name; the issuer itself most often has none.
    Python asks the subclass first, whichever side it stands on.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and issuers_match(str.__str__(self), str.__str__(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.removesuffix("/"))
