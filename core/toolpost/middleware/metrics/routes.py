"""`/metrics` for Prometheus, and `/admin/calls` for people's programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from toolpost.host import Host
from toolpost.middleware.metrics.commands import summary
from toolpost.routes import Route

if TYPE_CHECKING:
    from toolpost.middleware.metrics.layer import Metrics


def routes(metrics: Metrics) -> list[Route]:
    """The routes of one configured plugin; `[http] metrics` may close the first to all but the operator."""

    async def scrape(host: Host) -> Response:
        """The numbers that Prometheus reads.

        Calls, errors, times, tokens and money by tool, what layers decided, and the gauges of plugins.
        """
        return Response(await metrics.scrape(host), media_type=metrics.content_type)

    async def calls() -> dict[str, Any]:
        """Calls of this process by tool, and by caller where that is counted: how they went and what they took."""
        counters = metrics.counted()
        return {**summary(counters, None), "principals": counters.principals}

    text = {"text/plain": {"schema": {"type": "string"}, "example": 'toolpost_calls_total{tool="chat"} 1.0\n'}}
    told = {"response_class": Response, "responses": {200: {"description": "The numbers.", "content": text}}}
    return [
        Route("/metrics", scrape, scope="public", told=told),
        Route("/admin/calls", calls, scope="admin"),
    ]
