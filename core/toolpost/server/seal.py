"""The seal on what a client carries from one round of a call to the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types.methods import INPUT_REQUIRED_METHODS, is_input_required

from toolpost.errors import ConfigError
from toolpost.server.callers import caller_of

AUDIENCE = "toolpost"
# RFC 5869: HKDF makes the real key, and cannot make it better than what it is made from.
KEY_BYTES = 32
# A person may take their time to answer, in seconds.
GOOD_FOR = 3600.0


class Seal:
    """Seals the request state that leaves and opens the one that comes back, when there is one.

    The SDK's own boundary, made at the first question: it brings cryptography
    with it, which most connections never need. A state is bound to its
    request and its caller, and good for an hour. The first of the keys seals,
    all of them open; without any, states end with the process.
    """

    def __init__(self, keys: Sequence[str] = ()) -> None:
        if any(len(key.encode()) < KEY_BYTES for key in keys):
            text = f"[http] state_keys: a key has {KEY_BYTES} bytes or more; `openssl rand -hex 32` makes one"
            raise ConfigError(text)
        if len(set(keys)) < len(keys):
            raise ConfigError("[http] state_keys: no key stands there twice; remove one of the two")
        self._keys = keys
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
        """What seals and opens."""
        if self._boundary is None:
            from os import urandom

            from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

            keys = [key.encode() for key in self._keys] or [urandom(KEY_BYTES)]
            security = RequestStateSecurity(keys=keys, ttl=GOOD_FOR, bind_principal=_principal)
            self._boundary = RequestStateBoundary(security, default_audience=AUDIENCE)
        return self._boundary


def _principal(ctx: ServerRequestContext[Any, Any]) -> str | None:
    caller = caller_of(ctx)
    return caller.principal if caller else None
