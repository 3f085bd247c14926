"""One question to the model: what no layer sees or changes of it, and how the answer reaches the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolpost import Context, TextFilter
from toolpost_gateway.loop.voice import Flow, Voice
from toolpost_openai.turns import Answering, Function, Piece, Refusal, Said, Text, Thought, Turn

KEPT = "kept"
# What of a message is nobody's words.
FIXED = ("role", "tool_call_id", KEPT)


@dataclass(eq=False)
class Errand:
    """Goes with a question through the onion.

    `ours` are the functions that stand for the host's tools, which layers have
    seen when they were listed; `theirs` are the caller's. `messages` are the
    whole messages: what is opaque in them, and the ids and names by which
    they belong together, are nobody's words. `began` says that something of
    the answer has come, `said` is the answer as the model gave it. `loaded`
    are pictures by the addresses that messages name them by.
    """

    ours: Sequence[Function]
    theirs: Sequence[Function]
    messages: Sequence[Mapping[str, Any]]
    choice: str
    voice: Voice
    loaded: dict[str, str]
    said: Said | None = None
    began: bool = False
    _flows: dict[type, Flow] = field(default_factory=dict)

    def listen(self, filters: Sequence[TextFilter | None]) -> None:
        """From now on the answer goes to the caller, each kind of text through a filter of its own."""
        says = (self.voice.say, self.voice.decline, self.voice.think)
        kinds = (Text, Refusal, Thought)
        self._flows = {kind: Flow(one, say) for kind, one, say in zip(kinds, filters, says, strict=True)}

    def turn(self, arguments: Mapping[str, Any]) -> Turn:
        """What to ask, as the layers let it through."""
        seen = arguments["messages"]
        return Turn(
            messages=[_whole(one, own) for one, own in zip(seen, self.messages, strict=True)],
            model=arguments.get("model", ""),
            functions=(*self._given(arguments.get("functions", ())), *self.ours),
            choice=self.choice,
            parallel=arguments.get("parallel", True),
            settings=arguments.get("settings", {}),
            whole=not self.voice.in_pieces,
        )

    async def hear(self, piece: Piece) -> None:
        """Take the next piece of the answer."""
        if isinstance(piece, Answering):
            await self.voice.answers(piece.model)
            return
        self.began = True
        if not self.voice.in_pieces:
            return
        if isinstance(piece, Text | Refusal) and piece.text.strip():
            # What a filter still holds of the thoughts comes before the answer, not after it.
            await self._flows[Thought].end()
        if (flow := self._flows.get(type(piece))) is not None:
            await flow.feed(getattr(piece, "text", ""))

    async def heard(self, said: Said) -> None:
        """The answer is complete."""
        for flow in self._flows.values():
            await flow.end()
        self.said = said

    async def complete(self, said: Said) -> None:
        """Let the caller have what layers kept back, or what came from no model but from the ledger's book."""
        await self.voice.answers(said.model)
        for kind, text in ((Thought, said.thought), (Text, said.text), (Refusal, said.refusal)):
            await self._flows[kind].complete(text)

    def _given(self, seen: Sequence[Mapping[str, Any]]) -> list[Function]:
        """The caller's functions, whose words layers may have changed; not their names, by which it knows them."""
        return [
            Function(name=own.name, description=one["description"], parameters=one["parameters"], strict=own.strict)
            for own, one in zip(self.theirs, seen, strict=True)
        ]


def bare(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message without what is opaque in it, in the types in which layers look into JSON."""
    return {name: _plain(value) for name, value in message.items() if name != KEPT}


def _whole(seen: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A message with the words as layers let them through, and all else as it was."""
    message = dict(seen)
    message.update({name: own[name] for name in FIXED if name in own})
    if calls := own.get("tool_calls"):
        message["tool_calls"] = [_call(one, known) for one, known in zip(seen["tool_calls"], calls, strict=True)]
    return message


def _call(seen: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {**own, "function": {**own["function"], "arguments": seen["function"]["arguments"]}}


def _plain(value: Any) -> Any:
    match value:
        case str() | None:
            return value
        case Mapping():
            return {name: _plain(member) for name, member in value.items()}
        case list() | tuple():
            return [_plain(member) for member in value]
    return value


@dataclass(eq=False)
class Asking(Context):
    """The surroundings of one question to the model, with its errand."""

    errand: Errand | None = field(default=None, repr=False)
