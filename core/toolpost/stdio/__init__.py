"""MCP's stdio transport on the pipes themselves: no threads, no pump tasks, lines of bounded length.

These streams satisfy the SDK's `ReadStream` and `WriteStream`. The SDK's own
transport goes through worker threads, three hops for each call; waiting on
the descriptors takes a third of the processor time (`bench/README.md`).
Windows cannot wait on pipes, so it keeps the SDK's.
"""

from toolpost.stdio.pipes import Pipes as Pipes
