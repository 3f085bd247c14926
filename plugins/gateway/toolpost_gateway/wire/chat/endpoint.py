"""The endpoint of Chat Completions."""

from __future__ import annotations

import time
from secrets import token_hex
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from toolpost import Context, Host
from toolpost.kit import REQUEST_ID
from toolpost_gateway.talk import Emit, Outcome
from toolpost_gateway.wire.chat.asked import Asked, asked
from toolpost_gateway.wire.chat.chunks import Chunks
from toolpost_gateway.wire.chat.whole import Whole
from toolpost_gateway.wire.encoding import packed
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.ours import ours
from toolpost_gateway.wire.reading import read
from toolpost_gateway.wire.stream import Listening, Stream
from toolpost_gateway.wire.turnstile import Turnstile

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway


class Completions:
    """Answers as OpenAI's Chat Completions does, with the tools of this host."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._turnstile = Turnstile()

    async def create(self, request: Request, context: Context, host: Host) -> Response:
        """Answer a conversation.

        The model may use this host's tools: all that the caller has by default, or those chosen with tools of
        type `mcp`. Functions of the caller's own are called by the caller. With `stream` the answer comes as
        Server-Sent Events. `{"toolpost": {"activity": true}}` tells of the tools that are called,
        `{"toolpost": {"tools": false}}` leaves the host's out.
        """
        try:
            body = await read(request)
            await self._turnstile.passed()
            wanted = asked(body, ours(body, request), lambda: host.tools_of(context.principal))
        except Fault as fault:
            return fault.response(request.scope[REQUEST_ID])
        return await self._answer(wanted, context, host, request.scope[REQUEST_ID])

    async def _answer(self, wanted: Asked, context: Context, host: Host, reference: str) -> Response:
        loop = self._gateway.loop(host)

        async def work(emit: Emit) -> Outcome:
            return await loop.run(wanted.request, context, emit, in_pieces=wanted.streams)

        name, created = f"chatcmpl-{token_hex(12)}", int(time.time())
        model = wanted.request.model or self._gateway.model
        if wanted.streams:
            return Stream(Chunks(name, created, model, wanted), work)
        whole = Whole(name, created, wanted)
        emit = Listening(whole.heard)
        try:
            outcome = await work(emit)
        except Exception as error:
            return emit.fault(error, reference).response(reference)
        return Response(packed(whole.answer(outcome)), media_type="application/json")
