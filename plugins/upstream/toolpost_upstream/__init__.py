"""MCP servers of others as tools, resources and prompts of toolpost's own, under the same policies."""

from toolpost_upstream.plugin import Upstream as Upstream
