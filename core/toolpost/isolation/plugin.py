"""A plugin in a process of its own, as the host holds it: a plugin like any other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import anyio

from toolpost.changes import Changes
from toolpost.errors import InvalidArguments, Unavailable
from toolpost.hookspecs import hookimpl
from toolpost.isolation import wire
from toolpost.isolation.calling import answer
from toolpost.isolation.remote import RemoteTool, remote
from toolpost.isolation.supervisor import Supervisor
from toolpost.isolation.terms import Terms
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.tool import Tool

# Seconds in which types read arguments, or call them wrong.
JUDGED = 1.0
Item = TypeVar("Item", Resource, Prompt)
Request = Callable[[ToolCall], tuple[str, wire.JSONObject]]


class Isolated:
    """Offers what the process lists, and passes calls on to it."""

    isolation = "process"

    def __init__(self, terms: Terms, changes: Changes) -> None:
        self.terms = terms
        self._changes = changes
        self._supervisor = Supervisor(terms, self._changed)
        self._news: list[str] = []
        self._arrived: anyio.Event | None = None

    def begin(self, seconds: float) -> None:
        """Wait until it stands, but no longer than that; raises as `Child.stands_within`."""
        self._supervisor.stands_within(seconds)

    def close(self) -> None:
        """End the process, without a loop."""
        self._supervisor.close()

    @property
    def condition(self) -> str:
        """Why it cannot be called at the moment; empty where it can."""
        return self._supervisor.condition

    @property
    def starts(self) -> int:
        """How often its process was started."""
        return self._supervisor.starts

    @hookimpl
    def tools(self) -> list[Tool]:
        return [self._remote(one, _call(one["name"]), {"tool": one["name"]}) for one in self._offered("tools")]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [self._resource(one) for one in self._offered("resources")]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [self._prompt(one) for one in self._offered("prompts")]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Keep the process running while the host does."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._supervisor.run)
            tasks.start_soon(self._tell)
            yield
            tasks.cancel_scope.cancel()

    async def _answer(self, request: Request, call: ToolCall) -> ToolResult:
        await self._supervisor.child().heard_of_late()
        return await answer(self._supervisor.child(), call, *request(call))

    async def _judge(self, what: wire.JSONObject, call: ToolCall) -> None:
        """Ask whether the types there read the arguments; where there is no answer, the call itself gets one."""
        with anyio.move_on_after(JUDGED), suppress(Unavailable, ValueError):
            found = await self._supervisor.child().ask(wire.READS, {**what, "arguments": dict(call.arguments)})
            if wrong := found.get("wrong"):
                raise InvalidArguments(str(wrong))

    def _remote(self, said: wire.JSONObject, request: Request, what: wire.JSONObject) -> RemoteTool:
        return remote(said, partial(self._answer, request), partial(self._judge, what))

    def _offered(self, kind: str) -> list[wire.JSONObject]:
        return self._supervisor.offer.get(kind, [])

    def _resource(self, said: wire.JSONObject) -> Resource:
        uri = str(said["uri"])

        def read(call: ToolCall) -> tuple[str, wire.JSONObject]:
            filled = re.sub(r"{(\w+)}", lambda found: str(call.arguments.get(found[1], found[0])), uri)
            return "resources/read", {"uri": filled}

        tool = self._remote(said, read, {"resource": uri})
        about = {"uri": uri, "mime_type": said.get("mimeType"), "meta": said.get("resourceMeta")}
        return self._primitive(Resource, said, tool, **about)

    def _prompt(self, said: wire.JSONObject) -> Prompt:
        def fill(call: ToolCall) -> tuple[str, wire.JSONObject]:
            return "prompts/get", {"name": said["name"], "arguments": dict(call.arguments)}

        return self._primitive(Prompt, said, self._remote(said, fill, {"prompt": said["name"]}))

    def _primitive(self, kind: type[Item], said: wire.JSONObject, tool: Tool, **about: Any) -> Item:
        """One of a kind, without a typed function of which the rest could be made."""
        item = object.__new__(kind)
        ref = about.get("uri") or said["name"]
        complete = {name: values or self._completer(ref, name) for name, values in said["complete"].items()}
        given = {"function": tool.function, "name": said["name"], "title": said.get("title"), **about}
        item.__dict__.update(given, complete=complete, tool=tool)
        return item

    def _completer(self, ref: str, name: str) -> Callable[[str, Mapping[str, str]], Awaitable[list[str]]]:
        async def complete(value: str, arguments: Mapping[str, str]) -> list[str]:
            argument, context = {"name": name, "value": value}, {"arguments": dict(arguments)}
            params = {"ref": ref, "argument": argument, "context": context}
            found = await self._supervisor.child().ask("completion/complete", params)
            return [str(value) for value in found["completion"]["values"]]

        return complete

    def _changed(self, uri: str) -> None:
        self._news.append(uri)
        if self._arrived is not None:
            self._arrived.set()

    async def _tell(self) -> None:
        """Tell the host what has changed; the supervisor does not wait for that."""
        while True:
            news, self._news = self._news, []
            for uri in dict.fromkeys(news):
                await self._say(uri)
            self._arrived = anyio.Event()
            if not self._news:
                await self._arrived.wait()

    async def _say(self, uri: str) -> None:
        if uri:
            await self._changes.updated(uri)
            return
        await self._changes.tools(self)
        await self._changes.resources(self)
        await self._changes.prompts(self)


def _call(name: str) -> Request:
    # Its own name, whatever the host calls it.
    return lambda call: ("tools/call", {"name": name, "arguments": dict(call.arguments)})
