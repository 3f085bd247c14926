"""A Chat Completions answer as a stream of chunks."""

from __future__ import annotations

from typing import Any

from toolpost_gateway.talk import Answers, Event, Outcome, Refusal, Text, Thought, Wanted
from toolpost_gateway.wire.chat.asked import Asked
from toolpost_gateway.wire.chat.words import DEMONSTRATION, THOUGHTS, activity, call, called, closing, reason, usage
from toolpost_gateway.wire.encoding import DONE, chunk, packed
from toolpost_gateway.wire.faults import Fault
from toolpost_openai.turns import Invocation

# What stands for the text in a chunk; quotes within a name are escaped, so that it cannot stand elsewhere.
KEY = b'"content":'
MARK = KEY + rb'"\u0000"'


class Chunks:
    """Tells of an answer as `chat.completion.chunk` objects; `model` is what was asked for, until more is known."""

    def __init__(self, name: str, created: int, model: str, asked: Asked) -> None:
        self._asked = asked
        self._head = {"id": name, "object": "chat.completion.chunk", "created": created, "model": model}
        # Where the usage is wanted every other chunk says that it has none (OpenAI API reference, stream_options).
        self._tail: dict[str, Any] = {"usage": None} if asked.counts else {}
        self._wanted: list[str] = []
        self._frame()

    def begun(self) -> bytes:
        """Who speaks."""
        return chunk(self._choice({"role": "assistant", "content": "", "refusal": None}))

    def heard(self, event: Event) -> bytes:
        """A piece of the answer, or of what is done for it."""
        match event:
            case Text(text):
                return self._before + packed(text) + self._after
            case Answers(model):
                self._head["model"] = model
                self._frame()
                return b""
            case Refusal(text):
                return chunk(self._choice({"refusal": text}))
            case Wanted(invocation):
                return self._calling(invocation)
        delta = {THOUGHTS: event.text} if isinstance(event, Thought) else {}
        told = activity(event) if self._asked.activity else None
        if told is None:
            return chunk(self._choice(delta)) if delta else b""
        return chunk({**self._choice(delta), "toolpost": told})

    async def ended(self, outcome: Outcome) -> bytes:
        """Why it ended, what it used, and that this is all."""
        self._head["model"] = outcome.model
        if outcome.demonstration:
            self._head["system_fingerprint"] = DEMONSTRATION
        left = b"".join(self._calling(one) for one in outcome.wanted if one.id not in self._wanted)
        last = self._choice({}, reason(outcome, legacy=self._asked.legacy))
        if self._asked.activity:
            last["toolpost"] = closing(outcome)
        counted = chunk({**self._head, "choices": [], "usage": usage(outcome)}) if self._asked.counts else b""
        return left + chunk(last) + counted + DONE

    def broke(self, fault: Fault, reference: str) -> bytes:
        """What went wrong; no reason, no usage and no end follow, so that nobody takes this for an answer."""
        return chunk({"error": fault.said(reference)})

    def _frame(self) -> None:
        """Write what nearly all chunks have in common: they hold a piece of text, and differ in nothing else."""
        before, after = chunk(self._choice({"content": "\0"})).split(MARK)
        self._before, self._after = before + KEY, after

    def _calling(self, invocation: Invocation) -> bytes:
        if invocation.id in self._wanted:
            return b""
        self._wanted.append(invocation.id)
        if self._asked.legacy:
            # There is one such call in a message.
            return chunk(self._choice({"function_call": called(invocation)})) if len(self._wanted) == 1 else b""
        index = len(self._wanted) - 1
        return chunk(self._choice({"tool_calls": [{"index": index, **call(invocation)}]}))

    def _choice(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "choices": [choice], **self._tail}
