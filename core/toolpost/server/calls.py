"""`tools/call` without the detour: plain requests go straight to the host."""

from __future__ import annotations

from typing import Any, Protocol

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types import InputRequiredResult
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

PLAIN = frozenset({"name", "arguments", "_meta"})
# Those whose results hold every kind of block that ours may.
VERSIONS = frozenset({"2025-06-18", "2025-11-25", *MODERN_PROTOCOL_VERSIONS})
SERVER_INFO = "io.modelcontextprotocol/serverInfo"

Request = ServerRequestContext[Any, Any]


class Answering(Protocol):
    """The call itself, in wire form."""

    async def __call__(self, ctx: Request, name: str, arguments: dict[str, Any] | None) -> Any: ...


class Calls:
    """Middleware of the SDK's server that answers plain calls by itself.

    The SDK validates the parameters twice and each result against the models
    of the protocol's version: a third of all work for a small call
    (`bench/README.md`). The parameters of most calls can be judged at a
    glance, and our wire form is right by construction. Whatever is not plain
    goes the SDK's way, errors included.
    """

    def __init__(self, answer: Answering, server_info: dict[str, Any]) -> None:
        self._answer = answer
        self._stamp = {SERVER_INFO: server_info}

    async def __call__(self, ctx: Request, call_next: CallNext) -> HandlerResult:
        params = ctx.params
        if params is None or not _is_plain(ctx, params):
            return await call_next(ctx)
        result = await self._answer(ctx, params["name"], params.get("arguments"))
        if isinstance(result, InputRequiredResult):
            result = result.model_dump(by_alias=True, mode="json", exclude_none=True)
        if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            result["_meta"] = {**result.get("_meta", {}), **self._stamp}
        return result  # type: ignore[no-any-return]  # the wire form is a dictionary


def _is_plain(ctx: Request, params: Any) -> bool:
    return (
        ctx.method == "tools/call"
        and ctx.protocol_version in VERSIONS
        and params.keys() <= PLAIN
        and type(params.get("name")) is str
        and type(params.get("arguments", {})) is dict
        # The SDK could not read the `_meta`, and says so.
        and (ctx.meta is not None or "_meta" not in params)
        # Before `initialize` there is no client, and nothing is answered.
        and (ctx.session.client_params is not None or ctx.protocol_version in MODERN_PROTOCOL_VERSIONS)
    )
