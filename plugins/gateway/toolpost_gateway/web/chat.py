"""`POST /chat`: a message, and its answer whole or as it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Body, Path, Request
from starlette.responses import Response

from toolpost import Context, Host, UnknownTool
from toolpost_gateway.loop import Loop
from toolpost_gateway.sessions import Reply, Sessions
from toolpost_gateway.sessions.message import content
from toolpost_gateway.talk import Approver, Emit, Event
from toolpost_gateway.web.approvals import Approvals
from toolpost_gateway.web.events import Stream, Streamed
from toolpost_gateway.web.shapes.answer import Answer
from toolpost_gateway.web.shapes.asked import Decision, Said

EVENTS = (
    "With `stream` the answer is a stream of events, each with JSON: `session` {session_id}, first; `text` {text}, "
    "piece by piece; `thought` {text}; `refusal` {text}; `tool_began` {id, tool, label, title, arguments}; "
    "`tool_advanced` {id, done, total, message}; `tool_ended` {id, tool, text, is_error, seconds, pictures}; "
    "`approval` {id, tool, label, title, why, arguments}, which `POST /chat/approvals/{id}` answers; `approval_ended` "
    "{id, approve}; and last either `done`, which is the whole answer, or `error` {message, type, retry_after}. "
    "A stream without either was broken off."
)


@dataclass(frozen=True)
class Chat:
    """Answers messages; `loop` gives what asks the model for a host."""

    sessions: Sessions
    approvals: Approvals
    loop: Callable[[Host], Loop]

    async def say(
        self, said: Annotated[Said, Body(description=EVENTS)], context: Context, host: Host, request: Request
    ) -> Answer:
        """Say something to a model that may use the tools here.

        Without `stream` nobody can be asked, so calls that need a person's yes are refused.
        """
        if said.stream or "text/event-stream" in request.headers.get("accept", ""):
            return await self._streamed(said, context, host)  # type: ignore[return-value]  # FastAPI sends it as it is
        return Answer.of(await self._said(said, context, host, _silent, said.session_id))

    async def decide(
        self,
        id: Annotated[str, Path(description="The id in the event `approval`.")],
        decision: Decision,
        context: Context,
    ) -> None:
        """Say whether a call that waits for a person's yes may be made."""
        if not await self.approvals.answer(context.principal, id, decision.approve):
            raise UnknownTool("no such question waits here for an answer")

    async def _streamed(self, said: Said, context: Context, host: Host) -> Response:
        # Before the stream begins, so that an unknown session is a 404 here as well; and a
        # session is only begun for a message that can be one.
        if not said.regenerate:
            content(said.message)
        head = await (
            self.sessions.create(context.principal)
            if said.session_id is None
            else self.sessions.get(context.principal, said.session_id)
        )
        return Streamed(partial(self._stream, said, context, host, head.id))

    async def _stream(self, said: Said, context: Context, host: Host, id: str, stream: Stream) -> None:
        await stream.tell("session", {"session_id": id})
        ask = partial(self.approvals.ask, context.principal, stream.tell)
        reply = await self._said(said, context, host, stream.hear, id, ask)
        await stream.tell("done", Answer.of(reply).model_dump())

    async def _said(
        self,
        said: Said,
        context: Context,
        host: Host,
        emit: Emit,
        id: str | None,
        approver: Approver | None = None,
    ) -> Reply:
        return await self.sessions.say(
            self.loop(host),
            context,
            said.message,
            emit,
            session_id=id,
            approver=approver,
            model=said.model,
            chosen=said.chosen,
            again=said.regenerate,
        )


async def _silent(event: Event) -> None:
    """For those who only want the answer."""
