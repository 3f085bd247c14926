"""A server as somebody wrote it for the SDK, who never heard of toolpost."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp.server.mcpserver.prompts.base import AssistantMessage, UserMessage
from mcp.server.mcpserver.resolve import Resolve
from mcp_types import (
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    SamplingMessage,
    TextContent,
    ToolAnnotations,
)
from pydantic import BaseModel, Field


class Weather(BaseModel):
    city: str
    degrees: float


class Guest(BaseModel):
    name: str
    nights: int = 1


@dataclass
class Desk:
    is_open: bool = True
    held: threading.Event = field(default_factory=threading.Event)


def library() -> MCPServer[Any]:
    desk = Desk()

    @asynccontextmanager
    async def lifespan(server: MCPServer[Any]) -> AsyncIterator[Desk]:
        yield desk
        desk.is_open = False

    mcp = MCPServer("library", instructions="Books and weather.", lifespan=lifespan)
    mcp.desk = desk  # type: ignore[attr-defined]

    @mcp.tool(
        title="Weather", annotations=ToolAnnotations(read_only_hint=True), meta={"toolpost/billable": True, "x": 1}
    )
    def weather(city: Annotated[str, Field(description="Where?", max_length=20)]) -> Weather:
        """Tell the weather of a city."""
        return Weather(city=city, degrees=21.5)

    @mcp.tool()
    async def index(pages: int, ctx: Context) -> str:
        """Index a book."""
        for page in range(pages):
            await ctx.report_progress(page + 1, pages, f"page {page + 1}")
            await ctx.info({"page": page + 1})
        return f"indexed by {'an open' if ctx.request_context.lifespan_context.is_open else 'a shut'} desk"

    @mcp.tool()
    async def lend(book: str, ctx: Context) -> str:
        """Lend a book."""
        answer = await ctx.elicit(f"Who takes {book}?", Guest)
        if answer.action != "accept":
            return f"nobody takes {book}"
        return f"{answer.data.name} takes {book} for {answer.data.nights} nights"

    @mcp.tool()
    async def ask_twice(ctx: Context) -> str | InputRequiredResult:
        """Ask in the way of 2026-07-28."""
        if not ctx.input_responses:
            form = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
            wanted = ElicitRequest(params=ElicitRequestFormParams(message="Name?", requested_schema=form))
            return InputRequiredResult(input_requests={"name": wanted}, request_state="second")
        given = ctx.input_responses["name"]
        assert isinstance(given, ElicitResult)
        assert given.content
        return f"{ctx.request_state}: {given.content['name']}"

    async def guest(ctx: Context) -> Guest:
        answer = await ctx.elicit("Who are you?", Guest)
        return answer.data  # type: ignore[union-attr]

    @mcp.tool()
    async def greet(guest: Annotated[Guest, Resolve(guest)]) -> str:
        """Greet whoever it is."""
        return f"hello {guest.name}"

    @mcp.tool()
    async def rhyme(word: str, ctx: Context) -> str:
        """Have the client's model find a rhyme."""
        said = await ctx.session.create_message(
            [SamplingMessage(role="user", content=TextContent(type="text", text=word))], max_tokens=5
        )
        return said.content.text

    @mcp.tool()
    async def folders(ctx: Context) -> list[str]:
        """Name the client's folders."""
        return [str(root.uri) for root in (await ctx.session.list_roots()).roots]

    @mcp.tool()
    async def fail(how: str) -> str:
        """Fail in one of many ways."""
        raise {"told": ToolError("the shelf is empty"), "crash": RuntimeError("secret 42")}[how]

    @mcp.tool()
    def hang() -> str:
        """Hang in a thread."""
        desk.held.wait()
        return "free"

    @mcp.tool(structured_output=False)
    def cover() -> list[Any]:
        """Show a cover."""
        return ["a cover", Image(data=b"\x89PNG", format="png")]

    @mcp.tool()
    async def buy(title: str, ctx: Context) -> str:
        """Buy a book, which is a tool of its own from then on."""

        async def read() -> str:
            return f"{title}: …"

        mcp.add_tool(read, name=f"read_{title}", description="Read it.")
        await ctx.notify_tools_changed()
        await ctx.notify_resource_updated("book://all")
        return "bought"

    @mcp.resource("book://all", mime_type="application/json")
    def books() -> list[str]:
        """All books."""
        return ["emma", "ulysses"]

    @mcp.resource("book://{title}/page/{number}")
    async def page(title: str, number: int, ctx: Context) -> str:
        """A page of a book."""
        if title == "lost":
            raise ResourceNotFoundError("that book is lost")
        if title == "burnt":
            raise ResourceError("that book is burnt")
        return f"{title} {number + 1}"

    @mcp.resource("file://shelf/{+path}")
    async def file(path: str) -> bytes:
        """A file."""
        return path.encode()

    @mcp.prompt(title="Review")
    def review(title: Annotated[str, Field(description="Of which book?")], tone: str = "kind") -> list[Any]:
        """Review a book."""
        return [UserMessage(f"Review {title}, {tone}"), AssistantMessage("Gladly.")]

    return mcp
