"""Chat Completions: what every compatible server speaks."""

from __future__ import annotations

from typing import Any

from toolpost_openai.answer import Draft, Question, Usage
from toolpost_openai.dialects.parts import for_others
from toolpost_openai.server import Server


class ChatCompletions:
    """`POST /chat/completions`, streamed."""

    path = "/chat/completions"

    def request(self, question: Question, model: str, server: Server) -> dict[str, Any]:
        """The body; other servers know the limit by its old name, and less of messages."""
        limit = "max_completion_tokens" if server.official else "max_tokens"
        messages = [dict(m) if server.official else for_others(m) for m in question.messages]
        optional = {"temperature": question.temperature, limit: question.max_tokens}
        return {
            "model": model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in optional.items() if value is not None},
        }

    def read(self, event: Any, draft: Draft) -> None:
        """Take one chunk; the usage comes in a last one, without choices."""
        draft.model = str(event.get("model") or draft.model)
        draft.usage = Usage.of(event.get("usage"), "prompt_tokens", "completion_tokens") or draft.usage
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            draft.add(delta.get("content"))
            draft.decline(delta.get("refusal"))
            draft.finish_reason = str(choice.get("finish_reason") or draft.finish_reason)
