"""The surface that speaks MCP, in both of its eras, over the SDK's kernel."""
