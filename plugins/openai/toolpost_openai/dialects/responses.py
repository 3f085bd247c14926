"""Responses: what OpenAI's own models are asked through."""

from __future__ import annotations

from typing import Any

from toolpost_openai.answer import Draft, Question, Usage
from toolpost_openai.dialects.parts import for_responses
from toolpost_openai.failures import StreamFailed
from toolpost_openai.server import Server

REASONS = {"max_output_tokens": "length"}


class Responses:
    """`POST /responses`, streamed, and not stored by the provider."""

    path = "/responses"

    def request(self, question: Question, model: str, server: Server) -> dict[str, Any]:
        """The body."""
        optional = {"temperature": question.temperature, "max_output_tokens": question.max_tokens}
        return {
            "model": model,
            "input": [for_responses(message) for message in question.messages],
            "stream": True,
            "store": False,
            **{name: value for name, value in optional.items() if value is not None},
        }

    def read(self, event: Any, draft: Draft) -> None:
        """Take one event; kinds that bring neither text nor an end are passed over."""
        match event.get("type"):
            case "response.output_text.delta":
                draft.add(event["delta"])
            case "response.refusal.delta":
                draft.decline(event["delta"])
            case "response.completed" | "response.incomplete":
                self._end(event["response"], draft)
            case "response.failed":
                raise StreamFailed(event["response"].get("error") or {})
            case "error":
                raise StreamFailed(event)

    def _end(self, response: Any, draft: Draft) -> None:
        draft.model = str(response["model"])
        draft.usage = Usage.of(response.get("usage"), "input_tokens", "output_tokens")
        draft.finish_reason = "stop" if response["status"] == "completed" else self._reason(response)
        if not draft.characters:
            for part in (part for item in response["output"] for part in item.get("content") or ()):
                draft.add(part.get("text"))

    def _reason(self, response: Any) -> str:
        reason = (response.get("incomplete_details") or {}).get("reason") or "incomplete"
        return REASONS.get(reason, str(reason))
