"""The client at the other end of a request, for the few tools that want something of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext

if TYPE_CHECKING:
    from toolpost.server.peer import RequestPeer
    from toolpost.tools.peer import Inquiry, Level


class Reach:
    """A `Peer` that is made, and its modules imported, when it is first needed."""

    def __init__(
        self, ctx: ServerRequestContext[Any, Any], params: Any, stateless: bool, words: Callable[[str], str]
    ) -> None:
        self._about = ctx, params, stateless, words

    @cached_property
    def _peer(self) -> RequestPeer:
        from toolpost.server.peer import RequestPeer

        return RequestPeer(*self._about)

    @property
    def memory(self) -> dict[str, Any]:
        """As `Peer.memory`."""
        return self._peer.memory

    def can(self, capability: str) -> bool:
        """As `Peer.can`."""
        return self._peer.can(capability)

    async def question(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        """Ask the person: the fields that they filled in, None where they declined."""
        return await self._peer.question(message, schema)

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        """As `Peer.inquire`."""
        return await self._peer.inquire(inquiry, key)

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """As `Peer.log`."""
        await self._peer.log(level, message, logger)

    async def release(self) -> None:
        """As `Peer.release`."""
        await self._peer.release()
