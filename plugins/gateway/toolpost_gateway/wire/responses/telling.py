"""A Responses answer as a stream of events, and as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from toolpost import Tool
from toolpost_gateway.talk import Answers, Event, Outcome
from toolpost_gateway.wire.encoding import named
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.responses import words
from toolpost_gateway.wire.responses.narration import Narration
from toolpost_gateway.wire.responses.output import JSONObject

Keep = Callable[[JSONObject, Outcome], Awaitable[JSONObject]]


class Telling:
    """Tells of an answer, which `response` is in the beginning; `keep` gets the whole, and gives it as it is told."""

    def __init__(
        self, response: JSONObject, listings: Sequence[tuple[str, Sequence[Tool]]], keep: Keep, *, tells: bool = False
    ) -> None:
        self._response, self._keep = response, keep
        self._narration = Narration(tells=tells)
        for kind in ("created", "in_progress"):
            self._narration.output.tell(f"response.{kind}", response=response)
        for label, tools in listings:
            self._narration.list(label, tools)
        self._opening = self._narration.output.taken()

    def begun(self) -> bytes:
        """That it begins, and which tools it has."""
        return b"".join(map(named, self._opening))

    def heard(self, event: Event) -> bytes:
        """What an event is in items."""
        if isinstance(event, Answers):
            # In place: it is what the first events show, which may not have been sent yet.
            self._response["model"] = event.model
            return b""
        self._narration.heard(event)
        return self._taken()

    async def ended(self, outcome: Outcome) -> bytes:
        """The whole answer once more, as it ended."""
        whole = await self.whole(outcome)
        self._narration.output.tell(f"response.{whole['status']}", response=whole)
        return self._taken()

    def broke(self, fault: Fault, reference: str) -> bytes:
        """That it failed, in the two ways that clients look for (OpenAI API reference, streaming events)."""
        output = self._narration.output
        complete = [item for item in output.items if item.get("status") != "in_progress"]
        output.tell("response.failed", response=words.failed(self._response, complete, fault))
        error = fault.said(reference)
        output.tell("error", code=fault.code, message=fault.text, param=fault.param, error=error)
        return self._taken()

    async def whole(self, outcome: Outcome) -> JSONObject:
        """The answer, when it has ended."""
        for invocation in outcome.wanted:
            self._narration.want(invocation)
        for approve in outcome.approvals:
            self._narration.ask(approve)
        is_cut = outcome.finish_reason in words.INCOMPLETE
        self._narration.close("incomplete" if is_cut else "completed")
        whole = words.ended(self._response, self._narration.output.items, outcome)
        return await self._keep(whole, outcome)

    def _taken(self) -> bytes:
        return b"".join(map(named, self._narration.output.taken()))
