"""What a Responses request asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolpost import Tool
from toolpost_gateway.talk import Request
from toolpost_gateway.wire.choice import choice, plain
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields
from toolpost_gateway.wire.ours import Ours
from toolpost_gateway.wire.responses.items import Conversation, Message
from toolpost_gateway.wire.responses.settings import settings
from toolpost_gateway.wire.settings import model
from toolpost_gateway.wire.tools import Reading

# Of metadata: how many keys, and how long keys and values are.
KEYS, NAME, VALUE = 16, 64, 512
NOTHING = "input: give a text or a list of items"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The request, what its answer repeats of it, and what is to be done with the answer.

    `conversation` are the messages without instructions, which hold for one answer alone.
    `asks` says whether it knows of tools of type `mcp`: only then is it asked for a yes, as nobody else
    would understand that. `unlisted` are the labels whose tools the caller has not seen yet; `calls`
    is how many calls of tools it allows, None where it says nothing.
    """

    request: Request
    conversation: Sequence[Message]
    body: Mapping[str, Any]
    streams: bool
    activity: bool
    keeps: bool
    asks: bool
    calls: int | None
    unlisted: tuple[str, ...]
    listed: frozenset[str]


def asked(
    body: Fields, ours: Ours, before: Sequence[Message], listed: frozenset[str], offered: Callable[[], Sequence[Tool]]
) -> Asked:
    """What is asked, after the messages of the answer that it goes on from.

    Raises:
        Fault: something about it is wrong, or cannot be done.
    """
    # OpenAI asks for a yes wherever nothing is said of it.
    tools = Reading(plain, {"*": "always"}, offered).tools(body)
    chosen, left = choice(body, tools, plain)
    conversation = Conversation(list(before))
    conversation.read(body)
    if not conversation.messages:
        raise Fault(400, NOTHING, "input", "missing_required_parameter")
    _check(body)
    request = Request(
        messages=[*_instructions(body), *conversation.messages],
        model=model(body),
        functions=left.functions,
        chosen=left.chosen if ours.tools else (),
        choice=chosen,
        parallel=body.flag("parallel_tool_calls", True),
        settings=settings(body),
        decided=conversation.decided,
        key=ours.key,
        base=ours.base,
    )
    known = listed | conversation.listed
    return Asked(
        request=request,
        conversation=conversation.messages,
        body=body.given,
        streams=body.flag("stream"),
        activity=ours.activity,
        keeps=body.flag("store", True),
        asks=tools.chosen is not None or bool(known or conversation.decided),
        calls=body.whole("max_tool_calls", 0),
        unlisted=tuple(label for label in tools.labels if label not in known),
        listed=known | frozenset(tools.labels),
    )


def _instructions(body: Fields) -> list[Message]:
    """They hold for this answer alone, and are not kept with it (OpenAI API reference, `instructions`)."""
    text = body.text("instructions")
    return [{"role": "developer", "content": text}] if text else []


def _check(body: Fields) -> None:
    """Look at what is only repeated or ignored, so that a mistake in it is not overlooked."""
    body.texts("include")
    for name in ("safety_identifier", "prompt_cache_retention", "truncation"):
        body.text(name)
    _check_metadata(body.part("metadata"))


def _check_metadata(metadata: Fields) -> None:
    """It is told again with each answer, and bounded as OpenAI bounds it (OpenAI API reference, `metadata`)."""
    place = metadata.place
    if len(metadata.given) > KEYS:
        raise Fault(400, f"{place}: at most {KEYS} keys", place, "object_above_max_properties")
    for name in metadata.given:
        if len(name) > NAME or len(metadata.text(name)) > VALUE:
            way = f"keys have at most {NAME} characters, values {VALUE}"
            raise Fault(400, f"{place}: {way}", place, "string_above_max_length")
