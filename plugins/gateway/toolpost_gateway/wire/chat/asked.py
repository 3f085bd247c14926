"""What a Chat Completions request asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolpost import Tool
from toolpost_gateway.talk import Request
from toolpost_gateway.wire.chat.legacy import is_legacy, modern
from toolpost_gateway.wire.chat.messages import messages
from toolpost_gateway.wire.choice import choice, nested
from toolpost_gateway.wire.fields import Fields
from toolpost_gateway.wire.ours import Ours
from toolpost_gateway.wire.settings import model, settings
from toolpost_gateway.wire.tools import Reading


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The request, and in which form its answer is wanted."""

    request: Request
    streams: bool
    counts: bool
    legacy: bool
    activity: bool


def asked(body: Fields, ours: Ours, offered: Callable[[], Sequence[Tool]]) -> Asked:
    """What is asked.

    Raises:
        Fault: something about it is wrong, or cannot be done.
    """
    legacy, body = is_legacy(body), modern(body)
    tools = Reading(nested, None, offered).tools(body)
    chosen, tools = choice(body, tools, nested)
    request = Request(
        messages=messages(body),
        model=model(body),
        functions=tools.functions,
        chosen=tools.chosen if ours.tools else (),
        choice=chosen,
        parallel=body.flag("parallel_tool_calls", True),
        settings=settings(body),
        key=ours.key,
        base=ours.base,
    )
    counts = body.part("stream_options").flag("include_usage")
    return Asked(request=request, streams=body.flag("stream"), counts=counts, legacy=legacy, activity=ours.activity)
