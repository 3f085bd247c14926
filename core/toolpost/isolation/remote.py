"""A tool whose function is in another process, of which the host has the description."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from toolpost.isolation import wire
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.tool import Tool


class RemoteTool(Tool):
    """A tool whose function has no types here, only the schema that they come to."""

    @cached_property
    def checked_input(self) -> Mapping[str, Any]:
        """Always a schema."""
        return self.signature.arguments if self.raw_input is None else self.raw_input

    async def refuse(self, call: ToolCall, wrong: Sequence[str]) -> None:
        """Have the types judge what the schema refuses: they read `"2"` for a number, as they do everywhere."""
        if self.raw_input is not None:
            await super().refuse(call, wrong)
        await self.__dict__["_judge"](call)

    async def answer(self, call: ToolCall) -> ToolResult:
        """Have the process answer; what it gives is no more to be trusted than what a function returns."""
        return await self._sent(await self.function(call))


class Untyped:
    """Stands for the signature of a function that is elsewhere."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.arguments = arguments
        self.hints: Mapping[str, Any] = {}

    def parse(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As `Signature.parse`; the other side says what is wrong."""
        return dict(arguments)


def remote(
    said: wire.JSONObject,
    function: Callable[[ToolCall], Awaitable[ToolResult]],
    judge: Callable[[ToolCall], Awaitable[None]],
) -> RemoteTool:
    """The tool that a process described; `judge` has its types refuse arguments."""
    nature, hints = said["_meta"][wire.NATURE], said["annotations"]
    about = {name: nature.get(name) for name in (*wire.OTHER, "meta")}
    about |= {name: hints.get(word) for name, word in wire.HINTS.items()}
    words = {"title": said.get("title"), "description": said["description"]}
    schemas = {"output_schema": said.get("outputSchema")}
    if nature["raw"]:
        schemas["input_schema"] = said["inputSchema"]
    tool = RemoteTool(function, name=said["name"], **about, **words, **schemas)
    tool.__dict__.update(signature=Untyped(said["inputSchema"]), takes_context=nature["context"] is True, _judge=judge)
    return tool
