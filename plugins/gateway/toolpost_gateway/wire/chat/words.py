"""The words of Chat Completions for what a message, a call and a usage are."""

from __future__ import annotations

from typing import Any

from toolpost_gateway.talk import Advanced, Began, Ended, Event, Outcome, Thought
from toolpost_openai.turns import Invocation

# In `system_fingerprint`, which names what stands behind an answer: a model that is not to be relied on.
DEMONSTRATION = "demonstration"
# Where DeepSeek, vLLM, llama.cpp and Open WebUI have what a model says of its reasoning; OpenAI shows none here.
THOUGHTS = "reasoning_content"
REASONS = frozenset({"stop", "length", "content_filter", "tool_calls"})


def usage(outcome: Outcome) -> dict[str, Any] | None:
    """The sum of all rounds; None where the provider does not count."""
    if outcome.usage is None:
        return None
    return {
        "prompt_tokens": outcome.usage.input_tokens,
        "completion_tokens": outcome.usage.output_tokens,
        "total_tokens": outcome.usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": outcome.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": outcome.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def reason(outcome: Outcome, *, legacy: bool) -> str:
    """Why the answer ended; what else a provider says is `stop`, since clients know no more."""
    found = outcome.finish_reason if outcome.finish_reason in REASONS else "stop"
    return "function_call" if legacy and found == "tool_calls" else found


def call(invocation: Invocation) -> dict[str, Any]:
    """A call of the caller's own function."""
    return {"id": invocation.id, "type": "function", "function": called(invocation)}


def called(invocation: Invocation) -> dict[str, str]:
    """The function of a call."""
    return {"name": invocation.name, "arguments": invocation.arguments}


def activity(event: Event) -> dict[str, Any] | None:
    """What an event is to those who want to know of the tools; None where it is of the answer itself."""
    match event:
        case Began():
            said = {"id": event.id, "tool": event.tool, "label": event.label, "title": event.title}
            return {"type": "began", **said, "arguments": event.arguments}
        case Advanced():
            return {
                "type": "advanced",
                "id": event.id,
                "done": event.done,
                "total": event.total,
                "message": event.message,
            }
        case Ended():
            links = [{"title": picture.title, "url": picture.url} for picture in event.pictures]
            told = {"text": event.text, "is_error": event.is_error, "seconds": round(event.seconds, 3)}
            return {"type": "ended", "id": event.id, "tool": event.tool, **told, "links": links}
        case Thought():
            return {"type": "thought", "text": event.text}
    return None


def closing(outcome: Outcome) -> dict[str, Any]:
    """What there is to know of an answer when it has ended."""
    said = {"rounds": outcome.rounds, "notes": list(outcome.notes), "provider": outcome.provider}
    return {"type": "answered", **said, "demonstration": outcome.demonstration}
