"""`tools/list` from a form made once: the answer to the first request serves all later ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_args

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types.methods import SERVER_RESULTS
from pydantic import BaseModel
from pydantic_core import to_json

from toolpost.host import Host
from toolpost.server.callers import principal_of
from toolpost.stdio.encoding import Prepared

log = logging.getLogger("toolpost")
LISTS = {"tools/list": "tools", "resources/list": "resources", "prompts/list": "prompts"}
# So many lists are remembered, where callers have different ones.
KNOWN = 128
FIELDS = frozenset({"tools", "resources", "resource_templates", "prompts"})


class Lists:
    """Middleware of the SDK's server that remembers each list, by the version of the protocol and by who has it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._gathered: object = None

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if ctx.method not in LISTS:
            return await call_next(ctx)
        if self._gathered is not self._host.tools:
            # The host makes its lists anew, all of them, when one of them changes.
            self._known, self._gathered = {}, self._host.tools
        key = (ctx.method, ctx.protocol_version, "" if self._host.offers.alike else principal_of(ctx))
        if key not in self._known or (ctx.params and ctx.params.get("cursor") is not None):
            known = self._known
            result = await call_next(ctx)
            if not isinstance(result, dict):
                return result
            if len(known) >= KNOWN:
                del known[next(iter(known))]
            name = LISTS[ctx.method]
            prepared = known[key] = {**result, name: Prepared.of(result[name])}
            return prepared
        return self._known[key]


def sendable(method: str, version: str, items: Iterable[Any], form: Callable[[Any], Any]) -> Iterator[Any]:
    """The wire forms of items; one that has none is named in the log, and takes no other off the list."""
    kind = _kind(method, version)
    for item in items:
        try:
            wire = form(item)
            kind.model_validate(wire, by_name=False)
            to_json(wire)
        except Exception as error:
            log.error("%s %r cannot be listed: %s", kind.__name__.lower(), item.name, type(error).__name__)
        else:
            yield wire


def _kind(method: str, version: str) -> type[BaseModel]:
    """What an item of a list is in a version of the protocol, which judges the whole list by it."""
    result: Any = SERVER_RESULTS[(method, version)]
    fields = (field for name, field in result.model_fields.items() if name in FIELDS)
    kind: type[BaseModel] = get_args(next(fields).annotation)[0]
    return kind
