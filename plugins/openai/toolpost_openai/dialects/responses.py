"""Responses: what OpenAI's own models are asked through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from toolpost_openai.catalogue import Model
from toolpost_openai.dialects.kept import keep, origin
from toolpost_openai.dialects.responses_items import items_of, worth_keeping
from toolpost_openai.dialects.settings import for_responses
from toolpost_openai.draft import Draft
from toolpost_openai.drafted_calls import text_of
from toolpost_openai.failures import StreamFailed
from toolpost_openai.growing import Growing
from toolpost_openai.server import Server
from toolpost_openai.turns import Calling, Function, Piece, Turn

# Why an answer may be incomplete; whatever else it is, it was cut.
REASONS = {"content_filter": "content_filter"}
EMPTY = {"type": "object", "properties": {}}
ENCRYPTED = "reasoning.encrypted_content"


class Responses:
    """`POST /responses`, not stored by the provider."""

    path = "/responses"

    def request(self, turn: Turn, model: Model, server: Server, notes: list[str]) -> dict[str, Any]:
        """The body."""
        body = {
            "model": model.name,
            "input": items_of(turn.messages, origin("responses", server, model)),
            "stream": not turn.whole,
            "store": False,
            **for_responses(turn.settings, model, notes),
            **_functions(turn),
        }
        # What is not stored must come back with the results of the calls.
        return {**body, "include": [ENCRYPTED]} if turn.functions and model.reasons else body

    def read(self, event: Any, draft: Draft) -> Iterable[Piece]:
        """Take one event; kinds that bring nothing of the turn are passed over."""
        match event.get("type"):
            case "response.output_text.delta":
                return draft.say(event["delta"])
            case "response.function_call_arguments.delta":
                call = draft.calls.at(event["output_index"])
                return call.grow(event["delta"]) if call else ()
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return draft.think(event["delta"])
            case "response.reasoning_summary_part.added" if draft.thought.parts:
                return draft.think("\n\n")
            case "response.refusal.delta":
                return draft.decline(event["delta"])
            case "response.created":
                draft.model = str(event["response"].get("model") or draft.model)
            case "response.output_item.added":
                return _begun(event["output_index"], event["item"], draft)
            case "response.output_item.done":
                return _item(event["output_index"], event["item"], draft)
            case "response.completed" | "response.incomplete":
                return _end(event["response"], draft)
            case "response.failed":
                raise StreamFailed(event["response"].get("error") or {})
            case "error":
                raise StreamFailed(event.get("error") or event)
            case None if event.get("error"):
                raise StreamFailed(event["error"])
            case None if event.get("object") == "response":
                # The whole answer.
                return _end(event, draft)
        return ()

    def kept(self, draft: Draft, source: str) -> tuple[Mapping[str, Any], ...]:
        """The items of the answer, where there are some that a message cannot say."""
        return keep(worth_keeping([draft.items[place] for place in sorted(draft.items)]), source)


def _begun(place: Any, item: Mapping[str, Any], draft: Draft) -> Iterator[Piece]:
    if item["type"] == "function_call" and draft.calls.at(place) is None:
        call = draft.calls.begin(place, text_of(item["call_id"]), text_of(item["name"]))
        yield Calling(call.index, "", call.id, call.name)


def _item(place: Any, item: Mapping[str, Any], draft: Draft) -> Iterator[Piece]:
    """Take a whole item, and what of it did not come in pieces."""
    draft.items[place] = item
    if item["type"] != "function_call":
        return
    yield from _begun(place, item, draft)
    call = draft.calls.at(place)
    whole, heard = text_of(item["arguments"]), str(call.arguments) if call else ""
    if not whole.startswith(heard):
        raise ValueError("a call is not what it was while it came")
    yield from call.grow(whole[len(heard) :]) if call else ()


def _end(response: Mapping[str, Any], draft: Draft) -> Iterator[Piece]:
    draft.model = str(response["model"])
    draft.count(response.get("usage"), "input", "output")
    reason = (response.get("incomplete_details") or {}).get("reason")
    status = response["status"]
    if status not in ("completed", "incomplete"):
        return
    draft.finish_reason = "stop" if status == "completed" else REASONS.get(str(reason), "length")
    draft.ended = True
    spoke, thought = bool(draft.text.parts or draft.refusal.parts), bool(draft.thought.parts)
    output = response.get("output") or ()
    for place, item in enumerate(output):
        yield from _item(place, item, draft)
        if item["type"] == "message" and not spoke:
            yield from _message(item, draft)
        elif item["type"] == "reasoning" and not thought:
            yield from _reasoning(item, draft)
    if spoke:
        _compare(draft, output or [draft.items[place] for place in sorted(draft.items)])


def _compare(draft: Draft, output: Sequence[Mapping[str, Any]]) -> None:
    """Look whether what was shown in pieces is what the whole says; some servers say no words in the whole."""
    parts = [part for item in output if item["type"] == "message" for part in item.get("content") or ()]
    for name, heard in (("text", draft.text), ("refusal", draft.refusal)):
        whole = Growing()
        for part in parts:
            whole.add(part.get(name))
        # Blanks at the ends are left out of the whole by servers that take a template's apart.
        if whole.parts and str(whole).strip() != str(heard).strip():
            raise ValueError("the words are not what they were while they came")


def _message(item: Mapping[str, Any], draft: Draft) -> Iterator[Piece]:
    for part in item.get("content") or ():
        yield from draft.say(part.get("text"))
        yield from draft.decline(part.get("refusal"))


def _reasoning(item: Mapping[str, Any], draft: Draft) -> Iterator[Piece]:
    for part in (*(item.get("summary") or ()), *(item.get("content") or ())):
        if draft.thought.parts:
            yield from draft.think("\n\n")
        yield from draft.think(part.get("text"))


def _functions(turn: Turn) -> dict[str, Any]:
    if not turn.functions:
        return {}
    body: dict[str, Any] = {"tools": [_function(function) for function in turn.functions]}
    if turn.choice in ("none", "required"):
        body["tool_choice"] = turn.choice
    elif turn.choice != "auto":
        body["tool_choice"] = {"type": "function", "name": turn.choice}
    return body if turn.parallel else {**body, "parallel_tool_calls": False}


def _function(function: Function) -> dict[str, Any]:
    # Not saying `strict` means true here, and changes the schema.
    described = {"description": function.description} if function.description else {}
    parameters = dict(function.parameters) or EMPTY
    strict = bool(function.strict)
    return {"type": "function", "name": function.name, **described, "parameters": parameters, "strict": strict}
