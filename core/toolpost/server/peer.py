"""The client at the other end of one request, in both eras behind one face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, get_args

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    LOG_LEVEL_META_KEY,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    TextContent,
)
from pydantic import ValidationError

from toolpost.errors import Refused
from toolpost.server import inquiries
from toolpost.server.connections import session_of
from toolpost.server.rounds import Rounds
from toolpost.tools.peer import Inquiry, Level, Question, RootsWanted, Sampling

LEVELS: tuple[Level, ...] = get_args(Level)


class RequestPeer:
    """What the client can do for one request: asked at once on older connections, in rounds on stateless ones.

    `words` is what a text passes before it leaves, as a result would.
    """

    def __init__(
        self, ctx: ServerRequestContext[Any, Any], params: Any, stateless: bool, words: Callable[[str], str]
    ) -> None:
        self._ctx = ctx
        self._params = params
        self._stateless = stateless
        self._words = words

    @cached_property
    def memory(self) -> dict[str, Any]:
        """What is remembered from one round of the call to the next."""
        return self._rounds.memory if self._stateless else {}

    def can(self, capability: str) -> bool:
        """Whether the client declared it, and can be reached while this request lasts."""
        session = self._ctx.session
        return (self._stateless or session.can_send_request) and inquiries.declared(
            session.client_capabilities, capability
        )

    async def question(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        """Ask the person: the fields that they filled in, None where they declined."""
        given: Mapping[str, Any] | None = await self.inquire(Question(message, schema), None)
        return given

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        """The client's answer.

        Raises:
            Refused: the client cannot, or failed to.
            InputRequired: the client brings it in the next round.
        """
        if isinstance(inquiry, Question) and not self.can("elicitation"):
            raise Refused("this needs an answer from a person, and this client cannot ask one")
        if isinstance(inquiry, Sampling):
            inquiry = self._masked(inquiry)
        return await self._answered(inquiry, key)

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """Send a line to the client's log, on this request's own stream."""
        if LEVELS.index(level) < self._least:
            return
        params = LoggingMessageNotificationParams(level=level, data=self._words(message), logger=logger)
        await self._ctx.session.send_notification(LoggingMessageNotification(params=params), self._ctx.request_id)

    async def release(self) -> None:
        """Close the stream of this request; what comes now waits in the event store for the client."""
        if self._ctx.close_sse_stream is not None:
            await self._ctx.close_sse_stream()

    @cached_property
    def _rounds(self) -> Rounds:
        return Rounds.of(self._params)

    @property
    def _least(self) -> int:
        """The severity from which on the client wants lines: by request from 2026-07-28 on, before by session."""
        if not self._stateless:
            return LEVELS.index(session_of(self._ctx).level)
        wanted = (self._ctx.meta or {}).get(LOG_LEVEL_META_KEY)
        return LEVELS.index(wanted) if wanted in LEVELS else len(LEVELS)

    async def _answered(self, inquiry: Inquiry, key: str | None) -> Any:
        return self._rounds.answer(inquiry, key) if self._stateless else await self._sent(inquiry)

    async def _sent(self, inquiry: Inquiry) -> Any:
        """Send a request of ours and wait for its answer, on the stream of the client's own request."""
        related = ServerMessageMetadata(related_request_id=self._ctx.request_id)
        try:
            result = await self._ctx.session.send_request(
                inquiries.request(inquiry), inquiries.RESULTS[type(inquiry)], metadata=related
            )
        except (MCPError, ValidationError) as error:
            raise Refused(_brought_none(inquiry)) from error
        return inquiries.answer(result)

    def _masked(self, inquiry: Sampling) -> Sampling:
        """What the client's model reads passes the layers, as a result would that it reads."""
        messages = tuple(
            (role, block.model_copy(update={"text": self._words(block.text)}))
            if isinstance(block, TextContent)
            else (role, block)
            for role, block in inquiry.messages
        )
        system = None if inquiry.system is None else self._words(inquiry.system)
        return replace(inquiry, messages=messages, system=system)


def _brought_none(inquiry: Inquiry) -> str:
    match inquiry:
        case Question():
            return "this needs an answer from a person, and the client brought none"
        case Sampling():
            return "this needs the client's model, and the client brought no answer of it"
        case RootsWanted():
            return "this needs to know where the client works, and the client did not say"
