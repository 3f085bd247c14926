"""The surface that speaks MCP, in both of its eras, over the SDK's kernel."""

from toolpost.deferred import defer, postpone_models

# Before any module of this package imports the SDK.
defer("mcp", "mcp.server")
postpone_models()
