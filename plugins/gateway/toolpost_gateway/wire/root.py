"""`GET /v1`: what is below it, for whoever opens the base URL of a client to see whether anybody is there."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from toolpost_gateway.wire.encoding import packed

ENDPOINTS = ("GET /v1/models", "POST /v1/chat/completions", "POST /v1/responses")
HERE: dict[str, Any] = {"about": "toolpost, as OpenAI's API", "endpoints": ENDPOINTS, "docs": "/docs"}


async def root() -> Response:
    """Name the endpoints."""
    return Response(packed(HERE), media_type="application/json")
