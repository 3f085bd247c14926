"""A file that installs toolpost in Claude Desktop with a double click (MCPB, manifest 0.4)."""
