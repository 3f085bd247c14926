"""The ways to a server: pipes of a child, HTTP in both eras, and the old SSE."""
