"""`tools/list` from a form made once: the answer to the first request serves all later ones."""

from __future__ import annotations

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from pydantic_core import to_json

LISTS = {"tools/list": "tools", "resources/list": "resources", "prompts/list": "prompts"}


class Prepared(list[Any]):
    """A list with its JSON, which a stream that knows of it writes as it is."""

    json: bytes

    @classmethod
    def of(cls, items: list[Any]) -> Prepared:
        prepared = cls(items)
        prepared.json = to_json(items)
        return prepared


class Lists:
    """Middleware of the SDK's server that remembers each list, by the version of the protocol."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in LISTS:
            return await call_next(ctx)
        key = (ctx.method, ctx.protocol_version)
        if key not in self._known or (ctx.params and ctx.params.get("cursor") is not None):
            result = await call_next(ctx)
            if not isinstance(result, dict):
                return result
            name = LISTS[ctx.method]
            self._known[key] = {**result, name: Prepared.of(result[name])}
        return self._known[key]

    def forget(self) -> None:
        """The lists have changed."""
        self._known.clear()
