"""A Responses answer as it comes to be: its items, and the events that tell of them."""

from __future__ import annotations

from collections.abc import Sequence

from toolpost import Tool
from toolpost_gateway.talk import Advanced, Approve, Began, Ended, Event, Refusal, Text, Thought, Wanted
from toolpost_gateway.wire.chat.words import activity
from toolpost_gateway.wire.names import call_item
from toolpost_gateway.wire.responses import words
from toolpost_gateway.wire.responses.output import Output, fresh
from toolpost_gateway.wire.responses.speaking import Speaking, Thinking
from toolpost_openai.turns import Invocation


class Narration:
    """Turns what happens into items; `tells` says whether calls under way are told of beyond what OpenAI tells."""

    def __init__(self, *, tells: bool = False) -> None:
        self.output = Output()
        self._tells = tells
        self._speaking = Speaking(self.output)
        self._thinking = Thinking(self.output)
        self._under_way: dict[str, tuple[int, Began]] = {}
        self._held: dict[str, Began] = {}
        self._told: set[str] = set()

    def heard(self, event: Event) -> None:
        """Take what happened."""
        match event:
            case Text(text):
                self._say("output_text", text)
            case Refusal(text):
                self._say("refusal", text)
            case Thought(text):
                self._speaking.close()
                self._thinking.say(text)
            case Began(may_wait=True):
                # An item cannot be taken back, and it may turn out that a person is asked first.
                self._held[event.id] = event
            case Began():
                self._begin(event)
            case Advanced():
                self._release(event.id)
                self._tell_of(event)
            case Ended():
                self._end(event)
            case Wanted(invocation):
                self.want(invocation)
            case Approve():
                self.ask(event)

    def close(self, status: str = "completed") -> None:
        """Nothing more will be said; what did not end by itself did not end."""
        self._thinking.close()
        self._speaking.close(status)

    def want(self, invocation: Invocation) -> None:
        """The caller is to call a function of its own."""
        if invocation.id in self._told:
            return
        self._told.add(invocation.id)
        self._pause()
        place = self.output.add(words.function_call(invocation, "", "in_progress"))
        item = words.function_call(invocation, invocation.arguments, "completed")
        where = {"item_id": item["id"], "output_index": place}
        kind = "response.function_call_arguments"
        self.output.tell(f"{kind}.delta", **where, delta=invocation.arguments)
        self.output.tell(f"{kind}.done", **where, arguments=invocation.arguments, name=invocation.name)
        self.output.done(place, item)

    def ask(self, approve: Approve) -> None:
        """Somebody is to say yes to a call."""
        if approve.invocation.id in self._told:
            return
        self._told.add(approve.invocation.id)
        self._pause()
        item = words.approval(approve)
        self.output.done(self.output.add(item), item)

    def list(self, label: str, tools: Sequence[Tool]) -> None:
        """Show the tools behind a label, before the model has them."""
        name, kind = fresh("mcpl"), "response.mcp_list_tools"
        place = self.output.add(words.listing(name, label, ()))
        where = {"item_id": name, "output_index": place}
        self.output.tell(f"{kind}.in_progress", **where)
        self.output.tell(f"{kind}.completed", **where)
        self.output.done(place, words.listing(name, label, tools))

    def _say(self, kind: str, text: str) -> None:
        if text:
            self._thinking.close()
            self._speaking.say(kind, text)

    def _pause(self) -> None:
        self._thinking.close()
        self._speaking.close(is_aside=True)

    def _begin(self, began: Began) -> None:
        self._pause()
        name, kind = call_item(began.id, began.approval), "response.mcp_call"
        place = self.output.add(words.our_call(name, began, ""))
        where = {"item_id": name, "output_index": place}
        self._under_way[began.id] = (place, began)
        self.output.tell(f"{kind}.in_progress", **where)
        self.output.tell(f"{kind}_arguments.delta", **where, delta=began.arguments)
        self.output.tell(f"{kind}_arguments.done", **where, arguments=began.arguments)

    def _release(self, call_id: str) -> None:
        """A call that was held back is made."""
        if (began := self._held.pop(call_id, None)) is not None:
            self._begin(began)

    def _end(self, ended: Ended) -> None:
        if ended.waits and self._held.pop(ended.id, None) is not None:
            return
        self._release(ended.id)
        found = self._under_way.pop(ended.id, None)
        if found is None:
            return
        place, began = found
        name = self.output.items[place]["id"]
        state = "failed" if ended.is_error else "completed"
        self.output.tell(f"response.mcp_call.{state}", item_id=name, output_index=place)
        self.output.done(place, words.our_call(name, began, began.arguments, ended))
        self._tell_of(ended)

    def _tell_of(self, event: Advanced | Ended) -> None:
        if self._tells:
            self.output.tell("toolpost.activity", toolpost=activity(event))
