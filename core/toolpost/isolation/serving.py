"""The inside of a plugin's process: what the host asks of the plugin is answered."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import anyio
from anyio.abc import TaskGroup

from toolpost import __version__
from toolpost.changes import Changes
from toolpost.crash import alone
from toolpost.errors import Crash, ToolError, ToolpostError, UnknownTool
from toolpost.host import Host
from toolpost.isolation import wire
from toolpost.isolation.child import GRACE
from toolpost.isolation.framing import Framing, Unread
from toolpost.isolation.limits import OUT_OF_MEMORY
from toolpost.isolation.opening import PROTOCOL
from toolpost.isolation.reading import reads
from toolpost.isolation.surroundings import context_of
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.current import CURRENT
from toolpost.tools.threads import left_behind

INTERNAL_ERROR, INVALID_PARAMS = -32603, -32602
Answer = Callable[[wire.JSONObject, Context], Awaitable[ToolResult]]


class Serving:
    """Answers the host, which is the only one at the other end."""

    def __init__(self, host: Host, changes: Changes, framing: Framing, *, bounded: bool) -> None:
        self._host, self._changes, self._framing = host, changes, framing
        self._bounded = bounded
        self._numbers = count(1)
        self._scopes: dict[Any, anyio.CancelScope] = {}
        self._asked: dict[Any, tuple[anyio.Event, list[wire.JSONObject]]] = {}
        self._calls: dict[str, Answer] = {
            "tools/call": lambda params, context: host.call(params["name"], params["arguments"], context),
            "resources/read": self._read,
            "prompts/get": lambda params, context: host.prompt(params["name"], params["arguments"], context),
        }

    async def run(self, opening: Any) -> None:
        """Answer the request that opened, and all that come, until the host ends."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._framing.flush)
            tasks.start_soon(self._tell_changes)
            tasks.start_soon(self._count_threads, tasks)
            info = {"name": "toolpost", "version": __version__}
            self._reply(opening, {"protocolVersion": PROTOCOL, "capabilities": {"tools": {}}, "serverInfo": info})
            async for message in self._framing.messages():
                self._take(tasks, message)
            tasks.cancel_scope.cancel()

    def _take(self, tasks: TaskGroup, message: wire.JSONObject) -> None:
        number, method = message.get("id"), message.get("method")
        if method is None:
            if waiting := self._asked.pop(number, None):
                waiting[1].append(message)
                waiting[0].set()
        elif number is not None:
            self._scopes[number] = scope = anyio.CancelScope()
            tasks.start_soon(self._answer, scope, number, method, message.get("params", {}))
        elif method == "notifications/cancelled" and (known := self._scopes.get(message["params"]["requestId"])):
            known.cancel()

    async def _answer(self, scope: anyio.CancelScope, number: Any, method: str, params: wire.JSONObject) -> None:
        # One that was cancelled is answered too, so that the host knows that it has let go.
        answer: wire.JSONObject = {}
        with scope:
            try:
                answer = await self._answered(number, method, params)
            except (UnknownTool, KeyError) as error:
                self._send({"id": number, "error": {"code": INVALID_PARAMS, "message": str(error)}})
                return
            finally:
                del self._scopes[number]
        self._reply(number, answer)

    async def _answered(self, number: Any, method: str, params: wire.JSONObject) -> wire.JSONObject:
        if method in self._calls:
            answer = await self._called(number, method, params)
            return answer if method == "tools/call" else {"_meta": {wire.RESULT: answer}}
        if method == "completion/complete":
            return {"completion": {"values": await self._complete(params)}}
        if method == wire.READS:
            return await reads(self._host, params)
        return {method.partition("/")[0]: self._listed(method)}

    async def _called(self, number: Any, method: str, params: wire.JSONObject) -> wire.JSONObject:
        context = context_of(params["_meta"][wire.CALL], number, self._request, self._notify)
        CURRENT.set(context)
        try:
            return wire.result(await self._calls[method](params, context), context.notes)
        except InputRequired:
            return {"_meta": {wire.REQUIRED: True}}
        except ToolError as error:
            answer = wire.error(error, context.notes)
            if self._bounded and isinstance(error, Crash) and isinstance(alone(error.__cause__ or error), MemoryError):
                await self._leave(number, answer)
            return answer

    async def _read(self, params: wire.JSONObject, context: Context) -> ToolResult:
        _, answer = await self._host.read(params["uri"], context)
        return answer

    async def _complete(self, params: wire.JSONObject) -> list[str]:
        ref, argument = params["ref"], params["argument"]
        items: list[Prompt | Resource] = [*self._host.prompts.values(), *self._host.resources]
        item = next(one for one in items if ref in (getattr(one, "uri", None), one.name))
        asked = {"argument": argument["name"], "value": argument["value"], "arguments": params["context"]["arguments"]}
        assert item.completion is not None
        found = await self._host.answer(ToolCall(item.completion, asked, Context()))
        return found.structured["result"]  # type: ignore[no-any-return]  # as `Suggestions` answers

    def _listed(self, method: str) -> list[wire.JSONObject]:
        match method:
            case "tools/list":
                return [wire.tool(one) for one in self._host.tools.values()]
            case "resources/list":
                return [wire.primitive(one) for one in self._host.resources]
            case "prompts/list":
                return [wire.primitive(one) for one in self._host.prompts.values()]
        return []

    async def _leave(self, number: Any, answer: wire.JSONObject) -> None:
        """End, since there is no memory left to go on with; whoever asked still gets to know."""
        self._reply(number, answer)
        await self._framing.flushed()
        os._exit(OUT_OF_MEMORY)

    async def _request(self, method: str, params: wire.JSONObject) -> wire.JSONObject:
        number = f"c{next(self._numbers)}"
        arrived, answers = self._asked[number] = (anyio.Event(), [])
        self._send({"id": number, "method": method, "params": params})
        try:
            await arrived.wait()
        except BaseException:
            self._asked.pop(number, None)
            self._notify("notifications/cancelled", {"requestId": number, "_meta": params["_meta"]})
            raise
        return answers[0]

    async def _tell_changes(self) -> None:
        with self._changes.subscribed() as changes:
            async for change in changes:
                if change.kind == "resource":
                    self._notify("notifications/resources/updated", {"uri": change.uri})
                else:
                    self._notify(f"notifications/{change.kind}/list_changed", {})

    async def _count_threads(self, tasks: TaskGroup) -> None:
        """Have this process replaced when a thread runs on whose call is over."""
        while True:
            await anyio.sleep(GRACE)
            if left_behind(GRACE):
                self._notify(wire.WORN, {})
                return

    def _reply(self, number: Any, result: wire.JSONObject) -> None:
        try:
            self._send({"id": number, "result": result})
        except ValueError as error:
            text = f"the answer cannot be sent: {type(error).__name__}"
            self._send({"id": number, "error": {"code": INTERNAL_ERROR, "message": text}})

    def _notify(self, method: str, params: wire.JSONObject) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: wire.JSONObject) -> None:
        try:
            self._framing.send({"jsonrpc": "2.0", **message})
        except (OSError, Unread):
            return


def failed(framing: Framing, opening: Any, error: ToolpostError) -> None:
    """Tell the host that the plugin does not stand, and why."""
    said = {"code": INTERNAL_ERROR, "message": str(error), "data": type(error).__name__}
    framing.send({"jsonrpc": "2.0", "id": opening, "error": said})
