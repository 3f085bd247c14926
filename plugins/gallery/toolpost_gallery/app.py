"""The MCP App: one page that shows pictures with their prompts, in clients that render such pages."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

URI = "ui://gallery/app"
TYPE = "text/html;profile=mcp-app"
# The page loads nothing from anywhere, so no domain is allowed (MCP Apps 2026-01-26, resource metadata).
RESOURCE_META: dict[str, Any] = {"ui": {"csp": {}, "prefersBorder": False}}
# The second form is how older clients find the page.
TOOL_META: dict[str, Any] = {"ui": {"resourceUri": URI}, "ui/resourceUri": URI}


@lru_cache
def page() -> str:
    """The page."""
    return Path(__file__).with_name("app.html").read_text("utf-8")
