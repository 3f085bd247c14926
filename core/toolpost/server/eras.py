"""One connection over pipes, in the era that the client opens with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.runner import serve_dual_era_loop, serve_loop
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST, PROTOCOL_VERSION_META_KEY

from toolpost.server.offer import Offer
from toolpost.stdio import Pipes


async def converse(offer: Offer, pipes: Pipes) -> None:
    """Serve until the client closes its end.

    The SDK's own loop for both eras looks at the first request and then hands
    every later message on through a stream of its own: a quarter of the work
    when many calls are in flight. We look ourselves, so that clients of the
    older era, which are nearly all, are spared that.
    """
    server: Any = offer  # all that the kernel looks up, though not the SDK's class
    opening = await pipes.reader.opening()
    if opening is not None and opening.method != "initialize" and _has_envelope(opening.params):
        await serve_dual_era_loop(server, pipes.reader, pipes.writer, lifespan_state={})
        return
    offer.middleware.insert(0, _one_era)
    async with offer.watching.running():
        await serve_loop(server, pipes.reader, pipes.writer, lifespan_state={})


async def _one_era(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse a request of the stateless era on a connection that began with a handshake, as the SDK does."""
    if ctx.method != "initialize" and _has_envelope(ctx.params):
        text = "this connection began with a handshake, and takes no requests of 2026-07-28"
        raise MCPError(code=INVALID_REQUEST, message=text)
    return await call_next(ctx)


def _has_envelope(params: Mapping[str, Any] | None) -> bool:
    meta = params.get("_meta") if params else None
    return isinstance(meta, Mapping) and PROTOCOL_VERSION_META_KEY in meta
