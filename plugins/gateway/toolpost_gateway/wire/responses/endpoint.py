"""The endpoints of Responses."""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from toolpost import Context, Host, Tool
from toolpost.kit import REQUEST_ID
from toolpost_gateway.talk import Emit, Outcome
from toolpost_gateway.wire.encoding import packed
from toolpost_gateway.wire.faults import fault_of
from toolpost_gateway.wire.fields import Fields
from toolpost_gateway.wire.offered import listings
from toolpost_gateway.wire.ours import ours
from toolpost_gateway.wire.reading import read
from toolpost_gateway.wire.responses import words
from toolpost_gateway.wire.responses.asked import Asked, asked
from toolpost_gateway.wire.responses.kept import Kept, Shelf
from toolpost_gateway.wire.responses.telling import Keep, Telling
from toolpost_gateway.wire.stream import Listening, Stream
from toolpost_gateway.wire.turnstile import Turnstile

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

HOUR = 3600.0
PREVIOUS = "previous_response_id"
NOT_KEPT = "this answer was not kept, since the conversation became too long; send the messages to go on"


class Responses:
    """Answers as OpenAI's Responses API does, with the tools of this host."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._turnstile = Turnstile()
        self._shelf = Shelf(
            gateway.store.space("gateway-responses"),
            gateway.responses,
            gateway.response_hours * HOUR,
            gateway.session_bytes,
        )

    async def create(self, request: Request, context: Context, host: Host) -> Response:
        """Answer an input.

        Tools of type `mcp` choose among this host's own (`server_label`: a plugin, an upstream server, or
        `toolpost` for all); a call that needs a yes is asked for with `mcp_approval_request`. With `stream` the
        answer comes as Server-Sent Events. What was answered is kept for a while unless `store` is false.
        """
        reference = request.scope[REQUEST_ID]
        try:
            body = await read(request)
            await self._turnstile.passed()
            wanted = await self._asked(body, request, context, host)
            return await self._answer(wanted, context, host, reference)
        except Exception as error:
            return fault_of(error, reference).response(reference)

    async def look_up(self, request: Request, response: str, context: Context) -> Response:
        """Look up an answer that was kept."""
        reference = request.scope[REQUEST_ID]
        try:
            kept = await self._shelf.find(context.principal, response)
        except Exception as error:
            return fault_of(error, reference).response(reference)
        return _json(kept.response)

    async def delete(self, request: Request, response: str, context: Context) -> Response:
        """Forget an answer that was kept."""
        reference = request.scope[REQUEST_ID]
        try:
            await self._shelf.delete(context.principal, response)
        except Exception as error:
            return fault_of(error, reference).response(reference)
        return _json({"id": response, "object": "response", "deleted": True})

    async def _asked(self, body: Fields, request: Request, context: Context, host: Host) -> Asked:
        before: Kept | None = None
        if name := body.text(PREVIOUS):
            before = await self._shelf.find(context.principal, name, PREVIOUS)
        messages, listed = (before.messages, before.listed) if before else ((), frozenset[str]())
        return asked(body, ours(body, request), messages, listed, lambda: host.tools_of(context.principal))

    async def _answer(self, wanted: Asked, context: Context, host: Host, reference: str) -> Response:
        loop = self._gateway.loop(host, wanted.calls)

        async def work(emit: Emit) -> Outcome:
            approver = _later if wanted.asks else None
            return await loop.run(wanted.request, context, emit, approver=approver, in_pieces=wanted.streams)

        keeps = wanted.keeps and self._gateway.response_hours > 0
        if keeps:
            self._shelf.check(wanted.conversation)
        name = await self._shelf.name(context.principal) if keeps else f"resp_{token_hex(22)}"
        model = wanted.request.model or self._gateway.model
        response = words.begun(name, int(time.time()), wanted, model)
        shown = listings(loop, context, wanted.request, wanted.unlisted)
        keep = self._keeper(wanted, context.principal) if keeps else _forget
        telling = Telling(response, shown, keep, tells=wanted.activity)
        if wanted.streams:
            return Stream(telling, work)

        async def hear(event: Any) -> None:
            telling.heard(event)

        emit = Listening(hear)
        try:
            return _json(await telling.whole(await work(emit)))
        except Exception as error:
            return emit.fault(error, reference).response(reference)

    def _keeper(self, wanted: Asked, principal: str) -> Keep:
        async def keep(response: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
            messages = [*wanted.conversation, *map(dict, outcome.messages)]
            kept = Kept(response, messages, wanted.listed)
            is_kept = await self._shelf.keep(principal, response["id"], kept)
            return response if is_kept else {**words.noted(response, NOT_KEPT), "store": False}

        return keep


async def _later(tool: Tool, arguments: Mapping[str, Any], why: str) -> bool | None:
    """The answer comes with the next request."""
    return None


async def _forget(response: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    """Keep nothing."""
    return response


def _json(value: Any) -> Response:
    return Response(packed(value), media_type="application/json")
