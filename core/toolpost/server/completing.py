"""`completion/complete`: what a person may type next, through the same layers as everything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CompleteRequestParams, CompleteResult, Completion, PromptReference

from toolpost.host import Host
from toolpost.primitives import Prompt, Resource
from toolpost.server.answering import Answering, Request
from toolpost.server.callers import principal_of
from toolpost.tools.call import ToolCall
from toolpost.tools.context import Context

# MCP 2025-11-25, completion: at most so many values in an answer.
VALUES = 100


async def complete(host: Host, answering: Answering, ctx: Request, params: CompleteRequestParams) -> CompleteResult:
    """Suggest values for an argument; none for one that nobody completes."""
    tool = _item(host, params.ref, principal_of(ctx)).completion
    if tool is None:
        return CompleteResult(completion=Completion(values=[]))
    given = params.context.arguments if params.context and params.context.arguments else {}
    asked = {"argument": params.argument.name, "value": params.argument.value, "arguments": given}

    async def suggest(context: Context) -> Any:
        return (await host.answer(ToolCall(tool, asked, context))).structured

    found = await answering.protocol(ctx, None, suggest, lambda: tool, asked)
    values = [value for value in found["result"] if isinstance(value, str)]
    completion = Completion(values=values[:VALUES], total=len(values), has_more=len(values) > VALUES)
    return CompleteResult(completion=completion)


def _item(host: Host, ref: Any, principal: str) -> Prompt | Resource:
    """The prompt or template, if the caller has it."""
    found: Iterator[Prompt | Resource]
    if isinstance(ref, PromptReference):
        name, found = ref.name, (one for one in host.prompts_of(principal) if one.name == ref.name)
    else:
        name, found = ref.uri, (one for one in host.resources_of(principal) if one.uri == ref.uri)
    for item in found:
        return item
    raise MCPError(INVALID_PARAMS, f"nothing here is called {name[:64]!r}")
