"""The SDK's client as one that knows tasks, and tools that take as long as a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import anyio
from mcp import Client
from mcp.client.extension import ClientExtension, ResultClaim
from mcp_types import CreateMessageResult, ListRootsResult, Request, RequestParams, Result, TextContent
from pydantic import ConfigDict

from toolpost import Artefacts, Context, Host, Refused, Tool, ToolError, ToolResult, hookimpl
from toolpost.middleware.ledger import Ledger
from toolpost.server.mcp import mcp_server
from toolpost.store.sqlite import SQLiteStore

MODERN = "2026-07-28"
TASKS = "io.modelcontextprotocol/tasks"
OVER = ("completed", "failed", "cancelled")


class Created(Result):
    """A `CreateTaskResult`."""

    model_config = ConfigDict(extra="allow")
    result_type: Literal["task"] = "task"


class Reply(Result):
    """Any other."""

    model_config = ConfigDict(extra="allow")


class Params(RequestParams):
    model_config = ConfigDict(extra="allow")


class About(Request[Params, str]):
    name_param = "taskId"


class Knows(ClientExtension):
    """What a client declares that comes back for results."""

    identifier = TASKS

    def claims(self) -> Sequence[ResultClaim[Any]]:
        return [ResultClaim(result_type="task", model=Created, resolve=_resolve)]


async def _resolve(created: Created, context: Any) -> Any:
    raise AssertionError("these tests look for themselves")


@dataclass
class Comer:
    """A client that comes back; what it gets are the words of the wire."""

    client: Client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self.client.session.call_tool(tool, arguments, allow_claimed=True, allow_input_required=True)
        return result.model_dump(by_alias=True, mode="json", exclude_none=True)

    async def start(self, tool: str, **arguments: Any) -> str:
        """Call a tool whose call becomes a task; its id."""
        created = await self.call(tool, **arguments)
        assert created["resultType"] == "task", created
        return str(created["taskId"])

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        kind = About if "taskId" in params else Request[Params, str]
        request = kind(method=method, params=Params(**params))
        reply = await self.client.session.send_request(request, Reply)
        return reply.model_dump(by_alias=True, mode="json", exclude_none=True)

    async def get(self, task: str) -> dict[str, Any]:
        return await self.ask("tasks/get", taskId=task)

    async def update(self, task: str, **answers: Any) -> dict[str, Any]:
        return await self.ask("tasks/update", taskId=task, inputResponses=answers)

    async def cancel(self, task: str) -> dict[str, Any]:
        return await self.ask("tasks/cancel", taskId=task)

    async def until(self, task: str, *statuses: str) -> dict[str, Any]:
        """The task when it is so far."""
        with anyio.fail_after(20):
            while (found := await self.get(task))["status"] not in (statuses or OVER):
                await anyio.sleep(0.005)
        return found


def accept(**content: Any) -> dict[str, Any]:
    return {"action": "accept", "content": content}


def model(text: str) -> dict[str, Any]:
    reply = CreateMessageResult(role="assistant", content=TextContent(type="text", text=text), model="m")
    return reply.model_dump(by_alias=True, mode="json", exclude_none=True)


def places(*uris: str) -> dict[str, Any]:
    found = ListRootsResult.model_validate({"roots": [{"uri": uri} for uri in uris]})
    return found.model_dump(by_alias=True, mode="json", exclude_none=True)


@dataclass
class Name:
    name: str


@dataclass
class Bench:
    """Tools that wait for a gate; `paint` costs money, the others do not."""

    gate: anyio.Event = field(default_factory=anyio.Event)
    begun: anyio.Event = field(default_factory=anyio.Event)
    calls: int = 0
    cancelled: int = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        free = [
            self.breaks,
            self.work,
            self.fails,
            self.insists,
            self.named,
            self.twice,
            self.both,
            self.thinks,
            self.looks,
        ]
        return [
            Tool(self.paint, billable=True),
            *(Tool(function, task="allowed") for function in free),
            Tool(self.must, task="required"),
            Tool(self.later, task="released"),
            Tool(self.plain),
        ]

    async def wait(self) -> None:
        self.calls += 1
        self.begun.set()
        try:
            await self.gate.wait()
        except BaseException:
            self.cancelled += 1
            raise

    async def paint(self, prompt: str = "", context: Context = None) -> ToolResult:  # type: ignore[assignment]  # the host fills it
        """Paint for money."""
        await context.progress(1, 2, "half of it")
        await self.wait()
        return ToolResult.of(f"painted {prompt}", meta={"toolpost/usage": {"images": 1}})

    async def work(self, label: str = "") -> str:
        """Work for nothing."""
        await self.wait()
        return f"worked {label}"

    async def must(self) -> str:
        """Work for those who come back."""
        await self.wait()
        return "worked"

    async def plain(self) -> str:
        """Never a task."""
        return "plain"

    async def breaks(self, kind: str, context: Context) -> str:
        """Do what no tool may."""
        await context.progress(1, 2, "half \ud800")
        await self.wait()
        raise {"surrogate": ToolError("\ud800"), "exit": SystemExit(3), "value": ValueError("secret")}[kind]

    async def fails(self) -> str:
        """Fail."""
        await self.wait()
        raise ToolError("as it should")

    async def insists(self, context: Context) -> str:
        """Insist on what no client has."""
        await self.wait()
        context.require("telepathy")
        return "read your mind"

    async def named(self, context: Context) -> str:
        """Ask for a name."""
        return f"Hello, {(await context.ask('Who?', Name, key='name')).name}!"

    async def twice(self, context: Context) -> str:
        """Ask under one key, twice."""
        first = await context.ask("Who?", Name, key="name")
        second = await context.ask("And who else?", Name, key="name")
        return f"{first.name} and {second.name}"

    async def both(self, context: Context) -> str:
        """Ask for two things at once."""
        one, two = await context.together(context.ask("One?", Name, key="one"), context.ask("Two?", Name, key="two"))
        return f"{one.name} and {two.name}"

    async def thinks(self, context: Context) -> str:
        """Have the client's model think."""
        return (await context.sample("think", max_tokens=9)).text

    async def looks(self, context: Context) -> str:
        """Look where the client works."""
        return ", ".join(root.uri for root in await context.roots())

    async def later(self, context: Context) -> str:
        """Ask in a round, then leave."""
        given = await context.ask("Who?", Name, key="name")
        if not given.name:
            raise Refused("nobody")
        await context.release()
        await self.wait()
        return f"later, {given.name}"


@dataclass
class House:
    """A store, and hosts on it: each `host` is as a process of its own."""

    folder: Path
    bench: Bench = field(default_factory=Bench)

    def __post_init__(self) -> None:
        self.store, self.artefacts = SQLiteStore(self.folder / "store.sqlite3"), Artefacts(self.folder / "artefacts")

    def ledger(self, **settings: Any) -> Ledger:
        return Ledger(self.store, self.artefacts, **settings)

    @asynccontextmanager
    async def comer(self, *layers: object, knows: bool = True, **settings: Any) -> AsyncIterator[Comer]:
        async with self.host(*layers, **settings) as host, connected(host, knows=knows) as comer:
            yield comer

    def host(self, *layers: object, **settings: Any) -> Host:
        return Host([*layers, self.ledger(**settings), self.bench])


async def _unasked(*given: Any) -> Any:
    raise AssertionError("a task asks beside the call")


@asynccontextmanager
async def connected(host: Host, *, knows: bool = True) -> AsyncIterator[Comer]:
    abilities = {"elicitation_callback": _unasked, "sampling_callback": _unasked, "list_roots_callback": _unasked}
    extensions = [Knows()] if knows else []
    async with Client(mcp_server(host), mode=MODERN, extensions=extensions, **abilities) as client:
        yield Comer(client)
