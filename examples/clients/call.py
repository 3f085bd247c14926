"""Lists toolpost's tools over MCP and calls one, with the MCP SDK's own client.

    pip install mcp
    python call.py chat prompt="What is the capital of France?"

TOOLPOST_URL says where toolpost serves MCP (http://127.0.0.1:8765/mcp), TOOLPOST_TOKEN is a bearer token.
"""

import asyncio
import os
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

URL = os.environ.get("TOOLPOST_URL", "http://127.0.0.1:8765/mcp")
HEADERS = {"Authorization": f"Bearer {token}"} if (token := os.environ.get("TOOLPOST_TOKEN")) else {}


async def main(name: str | None, arguments: dict[str, str]) -> None:
    """Print the names of all tools, or the answer of one."""
    # Long work is answered late: five minutes of silence are in order.
    http = httpx2.AsyncClient(headers=HEADERS, timeout=300)
    async with http, Client(streamable_http_client(URL, http_client=http)) as client:
        if name is None:
            for tool in (await client.list_tools()).tools:
                print(tool.name)
            return
        result = await client.call_tool(name, arguments)
        for block in result.content:
            print(block.text if block.type == "text" else f"({block.type})")
        if result.is_error:
            raise SystemExit(1)


if __name__ == "__main__":
    words = sys.argv[1:]
    asyncio.run(main(words[0] if words else None, dict(word.split("=", 1) for word in words[1:])))
