"""Asking the person at the client, in both eras behind one function."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import ClientCapabilities, ElicitRequest, ElicitRequestFormParams, ElicitResult
from mcp_types.methods import INPUT_REQUIRED_METHODS, is_input_required
from pydantic import ValidationError

from toolpost.errors import Refused
from toolpost.tools.context import Ask, InputRequired

AUDIENCE = "toolpost"


def asker(ctx: ServerRequestContext[Any, Any], params: Any, *, stateless: bool) -> Ask:
    """How a tool's question reaches the person during this request."""
    if not _shows_forms(ctx.session.client_capabilities):
        return _refuse
    if stateless:
        return Rounds.of(params).ask

    async def ask(message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        try:
            answer = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
        except (MCPError, ValidationError) as error:
            raise Refused("this needs an answer from a person, and the client brought none") from error
        return _accepted(answer)

    return ask


@dataclass
class Rounds:
    """The questions of a stateless call: answered by earlier rounds, or the end of this one.

    The answers of earlier rounds travel in the request state, since a client
    brings only those to the last round's questions (MCP 2026-07-28).
    """

    answers: dict[str, Mapping[str, Any] | None]
    given: Mapping[str, Any]
    asked: int = field(default=0)

    @classmethod
    def of(cls, params: Any) -> Rounds:
        """The rounds so far, as the client and the sealed state tell them; none where there are no parameters."""
        if params is None:
            return cls({}, {})
        state = json.loads(params.request_state) if params.request_state else {}
        return cls(dict(state.get("answers", {})), params.input_responses or {})

    async def ask(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        """The answer to this question; the client must bring it first if it has not."""
        self.asked += 1
        digest = blake2b(json.dumps([message, schema], sort_keys=True).encode(), digest_size=6).hexdigest()
        key = f"question-{self.asked}-{digest}"
        if key not in self.answers:
            answer = self.given.get(key)
            if not isinstance(answer, ElicitResult):
                form = ElicitRequestFormParams(message=message, requested_schema=schema)
                raise InputRequired({key: ElicitRequest(params=form)}, json.dumps({"answers": self.answers}))
            self.answers[key] = _accepted(answer)
        return self.answers[key]


class Seal:
    """Seals the request state that leaves and opens the one that comes back, when there is one.

    The SDK's own boundary, made at the first question: it brings cryptography
    with it, which most connections never need.
    """

    def __init__(self) -> None:
        self._boundary: Callable[[Any, CallNext], Awaitable[HandlerResult]] | None = None

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in INPUT_REQUIRED_METHODS:
            return await call_next(ctx)
        if ctx.params and ctx.params.get("requestState") is not None:
            return await self.boundary(ctx, call_next)
        result = await call_next(ctx)
        if not is_input_required(result):
            return result

        async def answered(_: Any) -> HandlerResult:
            return result

        return await self.boundary(ctx, answered)

    @property
    def boundary(self) -> Callable[[Any, CallNext], Awaitable[HandlerResult]]:
        if self._boundary is None:
            from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

            self._boundary = RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=AUDIENCE)
        return self._boundary


def _shows_forms(capabilities: ClientCapabilities | None) -> bool:
    """Whether a client can ask: one that names no mode means forms (MCP 2025-11-25, elicitation)."""
    asks = capabilities.elicitation if capabilities else None
    return asks is not None and (asks.form is not None or asks.url is None)


async def _refuse(message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
    raise Refused("this needs an answer from a person, and this client cannot ask one")


def _accepted(answer: ElicitResult) -> Mapping[str, Any] | None:
    return (answer.content or {}) if answer.action == "accept" else None
