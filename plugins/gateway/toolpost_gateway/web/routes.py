"""The routes of conversations and of the page, and what the OpenAPI document says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from toolpost import Route
from toolpost_gateway.sessions import Sessions
from toolpost_gateway.web.approvals import Approvals
from toolpost_gateway.web.chat import Chat
from toolpost_gateway.web.faults import faults
from toolpost_gateway.web.front import Front
from toolpost_gateway.web.page import PAGE, PLACE
from toolpost_gateway.web.transcripts import Transcripts

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

EMPTY: dict[str, Any] = {"status_code": 204, "response_model": None}
STREAM = {"responses": {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}}
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")


def routes(gateway: Gateway) -> Iterator[Route]:
    """All of `/chat`, and `/`."""
    sessions = Sessions.of(gateway)
    chat = Chat(sessions, Approvals(gateway.store.space("gateway")), gateway.loop)
    kept = Transcripts(sessions)
    # The loop bounds itself, and those who wait for it wait in a line that is bounded.
    yield Route("/chat", faults(chat.say), ("POST",), timeout=None, told=STREAM)
    yield Route("/chat/approvals/{id}", faults(chat.decide), ("POST",), told=EMPTY)
    yield Route("/chat/sessions", faults(kept.listed))
    yield Route("/chat/sessions/{id}", faults(kept.show))
    yield Route("/chat/sessions/{id}", faults(kept.rename), ("PATCH",))
    yield Route("/chat/sessions/{id}", faults(kept.delete), ("DELETE",), told=EMPTY)
    picture = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in PICTURES}
    yield Route("/chat/sessions/{id}/pictures/{name}", faults(kept.picture), told=_sent("The picture", picture))
    index = {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}
    yield Route("/", Front(gateway.openai).show, scope="public", told=_sent("The page, or links", index))
    yield Route("/chat", PAGE.endpoint("index.html"), scope="public", told=_sent("The page", {"text/html": {}}))
    for name, file in PAGE.files.items():
        if name != "index.html":
            told = _sent("The file", {file.type: {}})
            yield Route(f"{PLACE}{name}", PAGE.endpoint(name), scope="public", told=told)


def _sent(what: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"response_class": Response, "responses": {200: {"description": what, "content": content}, 304: {}}}
