"""The surface that speaks MCP, in both of its eras, over the SDK's kernel."""

from toolpost.deferred import defer

# Before any module of this package imports the SDK.
defer("mcp", "mcp.server")
