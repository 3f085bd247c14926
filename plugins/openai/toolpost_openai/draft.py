"""A turn while it streams in, from which the whole one is made in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolpost_openai.answer import Usage
from toolpost_openai.drafted_calls import Calls
from toolpost_openai.growing import Growing
from toolpost_openai.turns import Piece, Refusal, Text, Thought

# Whatever a server calls them, these are its words for an end of its own accord.
OWN_ACCORD = ("stop", "tool_calls", "function_call")
# Other servers' words for the ends that OpenAI knows, and those for a turn that failed on its way
# (as OpenRouter, DeepSeek, Mistral, vLLM, TGI and Gemini use them).
SAME = {
    **dict.fromkeys(("eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed"), "stop"),
    **dict.fromkeys(("max_tokens", "max_output_tokens", "model_length"), "length"),
    **dict.fromkeys(("safety", "recitation", "blocklist", "prohibited_content"), "content_filter"),
}
FAILED = frozenset(
    {"error", "failed", "abort", "aborted", "cancelled", "canceled", "timeout", "insufficient_system_resource"}
)


@dataclass
class Draft:
    """What has come of a turn so far.

    `ended` is set by the event after which nothing of the turn follows.
    `items` are whole items of Responses by their place, `thought_name` is
    what Chat Completions calls the reasoning.
    """

    model: str = ""
    finish_reason: str = ""
    ended: bool = False
    text: Growing = field(default_factory=Growing)
    refusal: Growing = field(default_factory=Growing)
    thought: Growing = field(default_factory=Growing)
    calls: Calls = field(default_factory=Calls)
    usage: Usage | None = None
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    items: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    thought_name: str = ""

    def say(self, text: Any) -> Iterator[Piece]:
        """Take the next piece of the answer."""
        if shown := self.text.add(text):
            yield Text(shown)

    def decline(self, text: Any) -> Iterator[Piece]:
        """Take the next piece of the words in which the model declines."""
        if shown := self.refusal.add(text):
            yield Refusal(shown)

    def think(self, text: Any) -> Iterator[Piece]:
        """Take the next piece of what the model says of its reasoning."""
        if shown := self.thought.add(text):
            yield Thought(shown)

    def count(self, usage: Any, sent: str, said: str) -> None:
        """Take what the provider says of tokens; `sent` and `said` are its names for their two kinds."""
        found = Usage.of(usage, f"{sent}_tokens", f"{said}_tokens")
        if found is None:
            return
        self.usage = found
        self.cached_tokens = detail(usage, f"{sent}_tokens_details", "cached_tokens")
        self.reasoning_tokens = detail(usage, f"{said}_tokens_details", "reasoning_tokens")

    def finish(self, notes: list[str]) -> str:
        """Why the turn has ended, in truth: `tool_calls` where there are calls; a call that was cut off is none."""
        reason = SAME.get(self.finish_reason.lower(), self.finish_reason)
        if reason not in OWN_ACCORD:
            notes.extend(self.calls.drop_unfinished(reason))
        if self.calls.made:
            return "tool_calls"
        return "stop" if reason in OWN_ACCORD else reason

    @property
    def failed(self) -> bool:
        """Whether the server says that the turn failed on its way, or nothing of how it ended."""
        return not self.finish_reason or self.finish_reason.lower() in FAILED


def detail(usage: Mapping[str, Any], kind: str, name: str) -> int:
    """One figure of a usage's details; 0 where there is none."""
    details = usage.get(kind)
    value = details.get(name) if isinstance(details, Mapping) else None
    return value if type(value) is int and value > 0 else 0
