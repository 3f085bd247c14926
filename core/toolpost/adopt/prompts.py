"""Prompts of a server of the SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server.mcpserver import Context as SDKContext
from mcp.server.mcpserver.prompts import Prompt as SDKPrompt

from toolpost.adopt import registered
from toolpost.adopt.requests import Requests
from toolpost.errors import InvalidArguments
from toolpost.primitives import PRIMITIVE, Prompt
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

# In the `meta` of a prompt's result: who says each block, where it is not always the user.
ROLES = "toolpost/roles"


@dataclass(frozen=True, eq=False, kw_only=True)
class AdoptedPrompt(Prompt):
    """A prompt that says itself what its arguments are."""

    words: str = ""
    arguments: Mapping[str, Any]

    def __post_init__(self) -> None:
        tool = Tool(
            self.function,
            name=self.name,
            title=self.title,
            description=self.words,
            input_schema=self.arguments,
            read_only=True,
            meta={PRIMITIVE: "prompt"},
        )
        object.__setattr__(self, "tool", tool)


def prompts(requests: Requests) -> Iterator[Prompt]:
    """Each prompt with its own words and arguments."""
    for prompt in registered.prompts(requests.server):
        yield AdoptedPrompt(
            function=_function(requests, prompt),
            name=prompt.name,
            title=prompt.title,
            words=prompt.description or "",
            arguments=_schema(prompt),
        )


def _schema(prompt: SDKPrompt) -> Mapping[str, Any]:
    arguments = prompt.arguments or []
    fields = {one.name: {"type": "string", **_described(one.description)} for one in arguments}
    required = [one.name for one in arguments if one.required]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _described(words: str | None) -> dict[str, str]:
    return {"description": words} if words else {}


def _function(requests: Requests, prompt: SDKPrompt) -> Callable[..., Any]:
    required = {one.name for one in prompt.arguments or [] if one.required}

    async def fill(arguments: Mapping[str, Any], context: Context) -> ToolResult:
        if missing := sorted(required - set(arguments)):
            raise InvalidArguments(f"{missing[0]}: required, and missing")

        async def run(given: SDKContext[Any, Any]) -> Any:
            try:
                return await prompt.render(dict(arguments), given)
            except ValueError as error:
                # Around whatever the function raised, which is what the log should have.
                raise error.__cause__ or error from None

        said = await requests.run(prompt.name, "prompts/get", context, run)
        meta = {ROLES: [message.role for message in said]}
        return ToolResult(tuple(message.content for message in said), meta=meta)

    return fill
