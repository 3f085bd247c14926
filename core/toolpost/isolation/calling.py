"""One call of a plugin's process, and what it wants of its caller meanwhile."""

from __future__ import annotations

from typing import Any

import anyio
from anyio.abc import TaskGroup

from toolpost.errors import InvalidArguments, Refused, ToolError, Unavailable
from toolpost.isolation import wire
from toolpost.isolation.child import NONSENSE, Child
from toolpost.isolation.pending import Pending
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired

# What the tools of a plugin may want to know of a client.
CAPABILITIES = ("elicitation", "sampling", "sampling.tools", "sampling.context", "roots")
INTERNAL_ERROR = -32603


async def answer(child: Child, call: ToolCall, method: str, params: wire.JSONObject) -> ToolResult:
    """Ask for something in the name of a call.

    Raises:
        ToolError: as the tool raised it, or the process has ended meanwhile.
    """
    aware = call.tool.takes_context
    params["_meta"] = {wire.CALL: surroundings(call.context) if aware else {"id": call.context.call_id}}
    try:
        number, pending = child.begin(method, params)
    except ValueError as error:
        raise InvalidArguments("the arguments hold a text that is no Unicode") from error
    exchange = Exchange(child, number, pending, call.context)
    try:
        message = await exchange.run()
    except BaseException:
        child.give_up(number)
        raise
    return _result(message, call, exchange, child.process.name)


def _result(message: wire.JSONObject, call: ToolCall, exchange: Exchange, plugin: str) -> ToolResult:
    match message:
        case {"result": {"_meta": {wire.REQUIRED: True}}} if exchange.required:
            requests = {key: value for one in exchange.required for key, value in one.requests.items()}
            raise InputRequired(requests, exchange.required[-1].state)
        case {"result": dict(result)}:
            try:
                return wire.answered(result.get("_meta", {}).get(wire.RESULT, result), call.context.notes)
            except NONSENSE as error:
                raise ToolError(f"{call.tool.name} answered something that is no result") from error
        case {"ended": str(reason)}:
            raise _ended(call, plugin, reason)
        case _:
            raise ToolError(f"{call.tool.name} could not be answered by plugin {plugin!r}")


def _ended(call: ToolCall, plugin: str, reason: str) -> ToolError:
    said = f"the process of plugin {plugin!r} {reason} during this call"
    if call.tool.read_only:
        return Unavailable(f"{said}; it changes nothing, and may be tried again")
    return ToolError(f"{said}, which may have been carried out")


class Exchange:
    """What goes back and forth between a call's caller and the process, until it is answered."""

    def __init__(self, child: Child, number: int, pending: Pending, context: Context) -> None:
        self._child, self._number, self._pending, self._context = child, number, pending, context
        self._asking: dict[Any, anyio.CancelScope] = {}
        self.required: list[InputRequired] = []

    async def run(self, tasks: TaskGroup | None = None) -> wire.JSONObject:
        """Pass on what comes; the answer to the call."""
        while True:
            message = await self._pending.next()
            match message.get("method"):
                case None:
                    return message
                case "notifications/progress":
                    await _progress(self._context, message["params"])
                case "notifications/message":
                    said = message["params"]
                    await self._context.log(said["level"], str(said["data"]), said.get("logger"))
                case "notifications/cancelled":
                    if scope := self._asking.get(message["params"].get("requestId")):
                        scope.cancel()
                case _ if tasks is not None:
                    tasks.start_soon(self._ask, message)
                case _:
                    # Few calls ask, so only for those there are tasks.
                    async with anyio.create_task_group() as own:
                        own.start_soon(self._ask, message)
                        last = await self.run(own)
                        own.cancel_scope.cancel()
                    return last

    async def _ask(self, message: wire.JSONObject) -> None:
        number = message["id"]
        with anyio.CancelScope() as self._asking[number]:
            try:
                answer: wire.JSONObject = {"result": await self._asked(message)}
            except InputRequired as required:
                self.required.append(required)
                answer = {"result": {"_meta": {wire.REQUIRED: True}}}
            except Refused as error:
                answer = {"error": {"code": INTERNAL_ERROR, "message": str(error)}}
            self._child.send({"id": number, **answer})
        del self._asking[number]

    async def _asked(self, message: wire.JSONObject) -> wire.JSONObject:
        """The client's answer to a request of the tool."""
        from toolpost.isolation import inquiries

        context, params = self._context, message["params"]
        meta = params.get("_meta", {})
        if context.peer is not None and wire.MEMORY in meta:
            context.peer.memory.update(meta[wire.MEMORY])
        return await inquiries.forward(context, message["method"], params, meta.get("toolpost/key"))


def surroundings(context: Context) -> wire.JSONObject:
    """What a tool may see of its call."""
    client, remaining = context.client, context.remaining
    return {
        "id": context.call_id,
        "principal": context.principal,
        "surface": context.surface,
        "scopes": list(context.scopes),
        "client": [client.name, client.version, client.era, client.result_bytes, client.call_seconds],
        "remaining": remaining if remaining < 1e9 else None,
        "can": [name for name in CAPABILITIES if context.can(name)],
        "memory": context.peer.memory if context.peer is not None and client.era == "stateless" else None,
        "asks": context.question is not None,
        "reports": context.report is not None,
    }


async def _progress(context: Context, params: wire.JSONObject) -> None:
    done, total, text = params.get("progress"), params.get("total"), params.get("message")
    if isinstance(done, int | float):
        await context.progress(done, total if isinstance(total, int | float) else None, text)
