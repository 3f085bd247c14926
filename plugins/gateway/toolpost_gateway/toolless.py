"""What a person should know before the first word: that the model here cannot use tools."""

from __future__ import annotations

from toolpost_openai import OpenAI
from toolpost_openai.provider import calls_tools

TOOLLESS = (
    "The model on this machine cannot use tools: set OPENAI_API_KEY, or base_url in [plugins.openai] to a server "
    "whose model can."
)


def toolless(openai: OpenAI) -> str:
    """The sentence that says so, as far as that is known without asking; else empty."""
    if openai.configured is not None or openai.local is None or calls_tools(openai.local):
        return ""
    return TOOLLESS
