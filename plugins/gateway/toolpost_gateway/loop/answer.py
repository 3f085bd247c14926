"""A turn of the model as a result that layers can look at and change, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic_core import from_json, to_json

from toolpost import ToolError, ToolResult
from toolpost_openai.answer import Usage
from toolpost_openai.turns import Invocation, Said

USAGE, DEMONSTRATION = "toolpost/usage", "toolpost/demonstration"
# What of a turn is words and may be changed; the rest only goes with it, for whoever answers from a book.
WORDS = ("text", "refusal", "thought")
FACTS = ("model", "provider", "finish_reason", "cached_tokens", "reasoning_tokens", "demonstration")


def written(said: Said) -> ToolResult:
    """The result that stands for a turn, and what it took."""
    structured = {name: getattr(said, name) for name in (*WORDS, *FACTS)}
    structured["calls"] = [
        {"id": call.id, "name": call.name, "arguments": parsed(call.arguments)} for call in said.invocations
    ]
    structured["notes"] = list(said.notes)
    structured["usage"] = None if said.usage is None else asdict(said.usage)
    return ToolResult(structured=structured, meta={USAGE: usage_of(said)})


def read(result: ToolResult, said: Said | None) -> Said:
    """The turn that a result stands for; `said` is how the model itself put it, where it was asked.

    Raises:
        ToolError: it is another result: a layer answered in the place of the model.
    """
    given = result.structured
    if not isinstance(given, dict) or "calls" not in given:
        raise ToolError(result.text or "the model has not answered")
    words = {name: given[name] for name in WORDS}
    if said is not None:
        return replace(said, **words, invocations=tuple(_calls(given["calls"], said)))
    usage = None if given["usage"] is None else Usage(**given["usage"])
    facts = {name: given[name] for name in FACTS}
    calls = tuple(Invocation(call["id"], call["name"], _text(call["arguments"])) for call in given["calls"])
    return Said(**words, **facts, invocations=calls, usage=usage, notes=tuple(given["notes"]))


def message(said: Said) -> dict[str, Any]:
    """The message of the assistant that stands for a turn in the history."""
    spoken: dict[str, Any] = {"role": "assistant", "content": said.text or None}
    if said.refusal:
        spoken["refusal"] = said.refusal
    if said.invocations:
        spoken["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in said.invocations
        ]
    elif spoken["content"] is None:
        spoken["content"] = ""
    if said.kept:
        spoken["kept"] = [dict(item) for item in said.kept]
    return spoken


def usage_of(said: Said) -> dict[str, Any]:
    """What the ledger knows the price of."""
    counted = said.usage
    if counted is None:
        return {"model": said.model}
    tokens = {"input_tokens": counted.input_tokens, "output_tokens": counted.output_tokens}
    return {"model": said.model, **tokens, "cached_tokens": said.cached_tokens}


def added(one: Usage | None, other: Usage | None) -> Usage | None:
    """The sum of what two turns took."""
    if one is None or other is None:
        return one or other
    return Usage(
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        one.total_tokens + other.total_tokens,
    )


def parsed(arguments: str) -> Any:
    """The arguments of a call as data, in which layers find more than in a text; as they are where they are none."""
    try:
        found = from_json(arguments, allow_inf_nan=False)
    except ValueError:
        return arguments
    return found if isinstance(found, dict) else arguments


def rewritten(arguments: str) -> str:
    """The same arguments in the one form that layers give them."""
    return _text(parsed(arguments))


def _calls(seen: list[Mapping[str, Any]], said: Said) -> Iterator[Invocation]:
    """The calls, each in the model's own writing unless a layer has changed it; an id that it changed is none."""
    for call, own in zip(seen, said.invocations, strict=True):
        same = call["arguments"] == parsed(own.arguments)
        written = own if same else replace(own, arguments=_text(call["arguments"]))
        yield written if call["id"] == own.id else replace(written, id="")


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else to_json(arguments).decode()
