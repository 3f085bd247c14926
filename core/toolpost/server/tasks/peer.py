"""The client of a call that may leave its request behind: asked in rounds before, beside the call after."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp.server.context import ServerRequestContext

from toolpost.server import inquiries
from toolpost.server.peer import RequestPeer
from toolpost.server.rounds import word
from toolpost.tools.peer import Inquiry, Level

if TYPE_CHECKING:
    from toolpost.server.tasks.run import Run


class TaskPeer(RequestPeer):
    """As a stateless request's own, until the call has left."""

    def __init__(
        self, ctx: ServerRequestContext[Any, Any], params: Any, stateless: bool, words: Callable[[str], str], run: Run
    ) -> None:
        super().__init__(ctx, params, stateless, words)
        self._run = run

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """Send a line to the client's log; a task has none (ext-tasks, task status notifications)."""
        if not self._run.has_left:
            await super().log(level, message, logger)

    async def release(self) -> None:
        """Leave the request behind."""
        await self._run.leave()

    async def _answered(self, inquiry: Inquiry, key: str | None) -> Any:
        if not await self._run.asks_aside():
            return await super()._answered(inquiry, key)
        kind = inquiries.RESULTS[type(inquiry)]
        wire = inquiries.request(inquiry).model_dump(by_alias=True, mode="json", exclude_none=True)
        given = await self._run.questions.ask(key or word(inquiry), wire)
        return inquiries.answer(kind.model_validate(given, by_name=False))
