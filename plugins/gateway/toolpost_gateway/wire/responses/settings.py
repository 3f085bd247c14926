"""What a Responses request says of how the model is to answer, under Chat Completions' names."""

from __future__ import annotations

from typing import Any

from toolpost_gateway.wire.fields import Fields
from toolpost_gateway.wire.settings import NOT_HERE, PASSED, check_format, longest, refuse, refuse_logprobs

SAME = ("temperature", "top_p", "service_tier", "prompt_cache_key")
WAYS = {
    **NOT_HERE,
    "background": "answers are not made in the background; leave it out, and stream",
    "conversation": "conversations are not kept by that name; use previous_response_id, or POST /chat",
    "prompt": "no prompts are kept here; send the text",
    "context_management": "leave it out, and send less",
}


def settings(body: Fields) -> dict[str, Any]:
    """The settings of a request.

    Raises:
        Fault: one has the wrong type, or asks for what cannot be done.
    """
    refuse(body, WAYS)
    refuse_logprobs(body)
    found = {name: body.checked(name, *PASSED[name]) for name in SAME if body.has(name)}
    if (most := longest(body, "max_output_tokens")) is not None:
        found["max_completion_tokens"] = most
    text, reasoning = body.part("text"), body.part("reasoning")
    if text.has("format"):
        found |= _format(text.part("format"))
    if text.has("verbosity"):
        found["verbosity"] = text.text("verbosity")
    if reasoning.has("effort"):
        found["reasoning_effort"] = reasoning.text("effort")
    if reasoning.has("summary"):
        found["reasoning_summary"] = reasoning.text("summary")
    return found


def _format(format: Fields) -> dict[str, Any]:
    check_format(format)
    if format.text("type") != "json_schema":
        return {"response_format": {"type": format.text("type")}}
    schema = {name: value for name, value in format.given.items() if name != "type"}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}
