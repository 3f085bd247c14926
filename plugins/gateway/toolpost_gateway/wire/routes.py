"""The routes of OpenAI's API, and what the OpenAPI document says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from toolpost import Route
from toolpost_gateway.wire import described
from toolpost_gateway.wire.chat.endpoint import Completions
from toolpost_gateway.wire.models import Models
from toolpost_gateway.wire.responses.endpoint import Responses
from toolpost_gateway.wire.root import root

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway


def routes(gateway: Gateway) -> Iterator[Route]:
    """All that is served below `/v1`; the loop bounds itself, so that none of them has a time of its own."""
    models, completions, responses = Models(gateway), Completions(gateway), Responses(gateway)
    kept = "/v1/responses/{response}"
    yield _route("/v1", root, described.ROOT)
    yield _route("/v1/models", models.listed, described.MODELS)
    # Names of models may hold slashes, which the SDKs write as %2F.
    yield _route("/v1/models/{model:path}", models.one, described.MODEL, slashes=True)
    yield _asking("/v1/chat/completions", completions.create, described.COMPLETION, "chat.completion")
    yield _asking("/v1/responses", responses.create, described.RESPONSE, "response")
    yield _route(kept, responses.look_up, described.object_of("response"))
    yield _route(kept, responses.delete, described.object_of("response"), "DELETE")


def _route(
    path: str, endpoint: Callable[..., Any], answer: dict[str, Any], method: str = "GET", slashes: bool = False
) -> Route:
    told = {"responses": described.answered(answer), "response_class": Response}
    return Route(path, endpoint, (method,), timeout=None, told=told, slashes=slashes)


def _asking(path: str, endpoint: Callable[..., Any], body: dict[str, Any], kind: str) -> Route:
    answers = described.answered(described.object_of(kind), streams=True)
    told = {"responses": answers, "response_class": Response, "openapi_extra": described.taken(body)}
    return Route(path, endpoint, ("POST",), timeout=None, told=told)
