"""Prompts of a server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from toolpost import Context, Prompt, Tool, ToolResult
from toolpost.kit import PRIMITIVE
from toolpost_upstream.bounds import Bounds
from toolpost_upstream.calls.results import prompt_result
from toolpost_upstream.offers.asking import Ask
from toolpost_upstream.offers.completing import completers
from toolpost_upstream.offers.definitions import text
from toolpost_upstream.offers.names import named
from toolpost_upstream.offers.tools import prefix
from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.listing import fits
from toolpost_upstream.wires.wire import JSONObject


@dataclass(frozen=True, eq=False, kw_only=True)
class UpstreamPrompt(Prompt):
    """A prompt that says itself what its arguments are."""

    words: str = ""
    arguments: Mapping[str, Any]
    timeout: float | None = None

    def __post_init__(self) -> None:
        tool = Tool(
            self.function,
            name=self.name,
            title=self.title,
            description=self.words,
            input_schema=self.arguments,
            read_only=True,
            timeout=self.timeout,
            foreign=True,
            meta={PRIMITIVE: "prompt"},
        )
        object.__setattr__(self, "tool", tool)


def prompts(
    server: Server, items: Iterable[JSONObject], others: Collection[str], bounds: Bounds, ask: Ask, *, completes: bool
) -> Iterator[UpstreamPrompt]:
    """Each of these prompts under a name of ours."""
    known = {name: item for item in reversed(list(items)) if (name := text(item, "name")) and fits(item, bounds)}
    for name, called in named(prefix(server), reversed(known), others):
        item = known[name]
        schema = _schema(item)
        ref = {"type": "ref/prompt", "name": name}
        yield UpstreamPrompt(
            function=_function(name, ask),
            name=called,
            title=text(item, "title"),
            words=text(item, "description") or "",
            arguments=schema,
            timeout=server.call_timeout,
            complete=completers(ref, schema["properties"], ask) if completes else {},
        )


def _schema(item: JSONObject) -> dict[str, Any]:
    found = item.get("arguments")
    arguments = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    named_ones = {name: one for one in arguments if (name := text(one, "name"))}
    fields = {name: {"type": "string", "description": text(one, "description")} for name, one in named_ones.items()}
    required = [name for name, one in named_ones.items() if one.get("required") is True]
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}


def _function(name: str, ask: Ask) -> Any:
    async def fill(arguments: Mapping[str, Any], context: Context) -> ToolResult:
        return prompt_result(await ask("prompts/get", {"name": name, "arguments": dict(arguments)}, context))

    return fill
