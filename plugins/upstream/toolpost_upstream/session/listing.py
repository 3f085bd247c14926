"""Everything that a server offers, as far as it keeps within bounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

from toolpost_upstream.bounds import Bounds
from toolpost_upstream.session.session import ServerError, Session
from toolpost_upstream.wires.wire import JSONObject, WireError

METHOD_NOT_FOUND = -32601


@dataclass(frozen=True)
class Listed:
    """What a server listed, as it came; `dropped` counts what could not be taken."""

    tools: list[JSONObject] = field(default_factory=list)
    resources: list[JSONObject] = field(default_factory=list)
    templates: list[JSONObject] = field(default_factory=list)
    prompts: list[JSONObject] = field(default_factory=list)


async def listed(session: Session, bounds: Bounds) -> Listed:
    """All lists of a server.

    Raises:
        WireError: it does not answer, or a list is out of bounds.
        ServerError: it refuses.
    """
    return Listed(
        await _each(session, "tools", "tools/list", "tools", bounds),
        await _each(session, "resources", "resources/list", "resources", bounds),
        await _each(session, "resources", "resources/templates/list", "resourceTemplates", bounds),
        await _each(session, "prompts", "prompts/list", "prompts", bounds),
    )


async def _each(session: Session, capability: str, method: str, key: str, bounds: Bounds) -> list[JSONObject]:
    if not session.can(capability):
        return []
    found: list[JSONObject] = []
    size, params = 0, JSONObject()
    for _ in range(bounds.pages):
        try:
            page, length = await session.request(method, params)
        except ServerError as error:
            # Many that have resources know nothing of templates.
            if error.code == METHOD_NOT_FOUND:
                return found
            raise
        size += length
        items = page.get(key)
        found += [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        if size > bounds.list_bytes:
            raise WireError(f"has a {method} of more than {bounds.list_bytes} bytes; see list_bytes")
        if not isinstance(cursor := page.get("nextCursor"), str):
            return found
        params = {"cursor": cursor}
    raise WireError(f"has a {method} of more than {bounds.pages} pages")


def fits(item: Any, bounds: Bounds) -> bool:
    """Whether a definition is of a size that a model could be shown."""
    return len(to_json(item)) <= bounds.definition_bytes
