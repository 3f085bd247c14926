"""The application that requests reach, which a reload may put another in the place of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from toolpost.config.load import Config
from toolpost.crash import account
from toolpost.http.body import Receive
from toolpost.http.edge import Edge, Scope
from toolpost.http.response import Send

log = logging.getLogger("toolpost.http")


class Front:
    """Hands each request to the edge of the configuration that was taken up last; those under way stay with theirs."""

    def __init__(self, make: Callable[[Config], Edge], config: Config) -> None:
        self._make = make
        self._edge = make(config)
        self._past: list[Edge] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._edge(scope, receive, send)

    @property
    def routes(self) -> Sequence[object]:
        """What is served beside MCP."""
        routes: Sequence[object] = getattr(self._edge.other, "routes", ())
        return routes

    def remake(self, config: Config) -> None:
        """Serve what the host offers now, to whom this configuration names."""
        try:
            edge = self._make(config)
        except Exception as error:  # what plugins serve must not end a reload halfway
            log.error("routes and names stay as they were\n%s", "\n".join(account(error)))
            return
        self._past = [past for past in (*self._past, self._edge) if past.answering]
        self._edge = edge

    def end(self) -> None:
        """End all that is being answered, each in its form."""
        for edge in (self._edge, *self._past):
            edge.end()
