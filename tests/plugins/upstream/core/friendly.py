"""A server of the SDK that does everything a server may: over pipes, or over HTTP at the port that it prints."""

import socket
import sys
from typing import Annotated

import anyio
import uvicorn
from mcp.server.mcpserver import Context, Elicit, Image, ListRoots, MCPServer, Resolve, Sample, UserMessage
from mcp_types import CreateMessageResult, ListRootsResult, SamplingMessage, TextContent
from pydantic import BaseModel

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
server = MCPServer("friendly", version="1.2.3")
seen: list[str] = []


class Colour(BaseModel):
    colour: str


@server.tool(annotations={"readOnlyHint": True, "openWorldHint": False}, structured_output=False)
def echo(text: str) -> str:
    """Say it back."""
    return text


@server.tool()
def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


@server.tool(name="näme with / strange letters", structured_output=False)
def strange() -> str:
    """It has a name that few clients take."""
    return "strange"


@server.tool(structured_output=False)
def picture() -> Image:
    """A picture of one pixel."""
    return Image(data=PIXEL, format="png")


@server.tool(structured_output=False)
async def steps(context: Context) -> str:
    """Report twice, and write a line to the log."""
    await context.report_progress(1, 2, "half")
    await context.report_progress(2, 2, "whole")
    return "done"


@server.tool(structured_output=False)
async def wait(context: Context) -> str:
    """Wait for ever, and remember whether that was ended."""
    try:
        await anyio.sleep_forever()
    finally:
        seen.append("cancelled")


@server.tool(structured_output=False)
def remembered() -> str:
    """What was ended."""
    return ",".join(seen)


@server.tool(structured_output=False)
async def ask(context: Context) -> str:
    """Ask the person for a colour."""
    seen.append("began")
    given = await context.elicit("Which colour?", Colour)
    return f"{given.action}: {given.data.colour}" if given.action == "accept" else given.action


async def which() -> Elicit[Colour]:
    """What must be known first."""
    return Elicit("Which colour?", Colour)


async def opinion() -> Sample:
    """What the caller's model thinks."""
    return Sample([SamplingMessage(role="user", content=TextContent(text="Is it nice?"))], max_tokens=10)


async def where() -> ListRoots:
    """Where the caller works."""
    return ListRoots()


@server.tool(structured_output=False)
def paint(
    colour: Annotated[Colour, Resolve(which)],
    said: Annotated[CreateMessageResult, Resolve(opinion)],
    roots: Annotated[ListRootsResult, Resolve(where)],
) -> str:
    """Paint, once all is known."""
    return f"{colour.colour}, {said.content.text}, {roots.roots[0].uri}"


@server.tool(structured_output=False)
def fail() -> str:
    """Fail, in words."""
    raise ValueError("the words of the failure")


@server.tool(structured_output=False)
async def grow(context: Context) -> str:
    """Offer another tool from now on."""
    server.add_tool(echo, name="grown", description="Came later.")
    await context.session.send_tool_list_changed()
    await context.notify_tools_changed()
    return "grown"


@server.resource("memo://today")
def today() -> str:
    """What is today."""
    return "a day"


@server.resource("memo://{name}/notes")
def notes(name: str) -> str:
    """The notes of somebody."""
    return f"notes of {name}"


@server.prompt()
def review(language: Annotated[str, "Which one"]) -> list[UserMessage]:
    """Ask for a review."""
    return [UserMessage(f"Review this {language} code")]


@server.completion()
async def complete(ref, argument, context):
    from mcp_types import Completion

    return Completion(values=[one for one in ("python", "pascal", "rust") if one.startswith(argument.value)])


def main() -> None:
    if len(sys.argv) < 2:
        server.run("stdio")
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    print(listener.getsockname()[1], flush=True)
    app = server.sse_app() if sys.argv[1] == "sse" else server.streamable_http_app()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run([listener])


if __name__ == "__main__":
    main()
