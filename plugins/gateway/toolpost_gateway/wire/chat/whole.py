"""A Chat Completions answer as a whole."""

from __future__ import annotations

from typing import Any

from toolpost_gateway.talk import Event, Outcome, Refusal, Text, Thought
from toolpost_gateway.wire.chat.asked import Asked
from toolpost_gateway.wire.chat.words import DEMONSTRATION, THOUGHTS, activity, call, called, closing, reason, usage


class Whole:
    """Gathers what happens, and is the answer in the end."""

    def __init__(self, name: str, created: int, asked: Asked) -> None:
        self._name, self._created, self._asked = name, created, asked
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._thoughts: list[str] = []
        self._activity: list[dict[str, Any]] = []

    async def heard(self, event: Event) -> None:
        """Take what happened."""
        match event:
            case Text(text):
                self._texts.append(text)
            case Refusal(text):
                self._refusals.append(text)
            case Thought(text):
                self._thoughts.append(text)
        if self._asked.activity and (told := activity(event)) is not None:
            self._activity.append(told)

    def answer(self, outcome: Outcome) -> dict[str, Any]:
        """The answer as JSON."""
        finish = reason(outcome, legacy=self._asked.legacy)
        choice = {"index": 0, "message": self._message(outcome), "logprobs": None, "finish_reason": finish}
        head = {"id": self._name, "object": "chat.completion", "created": self._created, "model": outcome.model}
        counted, mark = usage(outcome), {"system_fingerprint": DEMONSTRATION} if outcome.demonstration else {}
        return {**head, "choices": [choice], **({"usage": counted} if counted else {}), **mark}

    def _message(self, outcome: Outcome) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._texts) or None}
        message |= {"refusal": "".join(self._refusals) or None, "annotations": []}
        if self._thoughts:
            message[THOUGHTS] = "".join(self._thoughts)
        if outcome.wanted and self._asked.legacy:
            message["function_call"] = called(outcome.wanted[0])
        elif outcome.wanted:
            message["tool_calls"] = [call(invocation) for invocation in outcome.wanted]
        elif message["content"] is None and message["refusal"] is None:
            message["content"] = ""
        if self._asked.activity:
            message["toolpost"] = {**closing(outcome), "activity": self._activity}
        return message
