"""`/admin/cache`: how full the cache is, and forgetting what it holds."""

from __future__ import annotations

from typing import Any

from toolpost import Context, Host, Route

STATISTICS = {"hits": 0, "misses": 0, "joined": 0, "entries": 0, "bytes": 0, "max_bytes": 67_108_864}


async def look(host: Host, context: Context) -> dict[str, Any]:
    """How often the cache answered, and how full it is."""
    result = await host.call("cache_stats", {}, context)
    return dict(result.structured or {})


async def clear(host: Host, context: Context) -> dict[str, str]:
    """Forget every kept answer, of all callers."""
    result = await host.call("cache_clear", {}, context)
    return {"said": "\n".join(block.text for block in result.content if block.type == "text")}


def routes() -> list[Route]:
    """The routes; they call the tools, so that no policy is passed by."""
    content = {"application/json": {"schema": {"type": "object"}, "example": STATISTICS}}
    told = {"responses": {200: {"description": "The numbers since the start.", "content": content}}}
    return [
        Route("/admin/cache", look, scope="admin", told=told),
        Route("/admin/cache", clear, methods=("DELETE",), scope="admin"),
    ]
