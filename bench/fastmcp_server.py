"""FastMCP 4 with its own caching, limiting, retry, timing, error and response-size middleware, around one echo tool.

--http PORT   over HTTP, at /mcp
"""

import sys

from fastmcp import FastMCP
from fastmcp.server.middleware import caching, error_handling, rate_limiting, response_limiting, timing

server = FastMCP("fastmcp")


@server.tool
async def echo(text: str) -> str:
    """Say it back."""
    return text


server.add_middleware(error_handling.ErrorHandlingMiddleware())
server.add_middleware(error_handling.RetryMiddleware())
server.add_middleware(rate_limiting.RateLimitingMiddleware(max_requests_per_second=1e9, burst_capacity=10**9))
server.add_middleware(timing.TimingMiddleware())
server.add_middleware(caching.ResponseCachingMiddleware())
server.add_middleware(response_limiting.ResponseLimitingMiddleware())

if __name__ == "__main__":
    if sys.argv[1:2] == ["--http"]:
        server.run("http", port=int(sys.argv[2]), show_banner=False, uvicorn_config={"log_level": "error"})
    else:
        server.run(show_banner=False)
