"""Lists toolpost's tools over MCP and calls one, with the MCP SDK's own client.

    pip install mcp
    python call.py
    python call.py chat prompt="What is the capital of France?"

TOOLPOST_URL says where toolpost serves (http://127.0.0.1:8765), TOOLPOST_TOKEN is a token of
`toolpost tokens add`, where it asks for one.
"""

import asyncio
import os
import sys

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

URL = os.environ.get("TOOLPOST_URL", "http://127.0.0.1:8765")
HEADERS = {"Authorization": f"Bearer {token}"} if (token := os.environ.get("TOOLPOST_TOKEN")) else {}


async def main(name: str | None, arguments: dict[str, str]) -> bool:
    """Print the names of all tools, or the answer of one; whether that went well."""
    # Long work is answered late: five minutes of silence are in order.
    http = httpx2.AsyncClient(headers=HEADERS, timeout=300)
    async with http, Client(streamable_http_client(f"{URL}/mcp", http_client=http)) as client:
        if name is None:
            for tool in (await client.list_tools()).tools:
                print(tool.name)
            return True
        result = await client.call_tool(name, arguments)
        for block in result.content:
            print(block.text if block.type == "text" else f"({block.type})")
        return not result.is_error


def sentence(error: Exception) -> str:
    """What went wrong, which comes in groups, since a client works in several tasks."""
    return sentence(error.exceptions[0]) if isinstance(error, ExceptionGroup) else str(error)


if __name__ == "__main__":
    tool = sys.argv[1] if sys.argv[1:] else None
    # toolpost reads "3" as a number where a tool wants one.
    pairs = (word.partition("=") for word in sys.argv[2:])
    try:
        went_well = asyncio.run(main(tool, {key: value for key, _, value in pairs}))
    except (MCPError, httpx2.HTTPError, ExceptionGroup) as error:
        sys.exit(sentence(error))
    sys.exit(0 if went_well else 1)
