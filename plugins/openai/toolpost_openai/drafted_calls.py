"""The calls of a turn while they stream in, from servers that number and name them in many ways."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from toolpost_openai.growing import Growing
from toolpost_openai.turns import Calling, Invocation

# Calls in one turn; a server that makes more never ends.
MOST = 1000
WHY = {"length": "at max_completion_tokens", "content_filter": "by the provider's content filter"}


@dataclass
class DraftedCall:
    """A call so far; `place` is the server's number for it, `given_id` its id, if it gave any, and `id` ours."""

    index: int
    place: Any
    given_id: str
    id: str
    name: str
    arguments: Growing = field(default_factory=Growing)
    more: dict[str, Any] = field(default_factory=dict)

    def grow(self, arguments: Any) -> Iterator[Calling]:
        """Take the next piece of the arguments."""
        if shown := self.arguments.add(arguments):
            yield Calling(self.index, shown)

    @property
    def is_whole(self) -> bool:
        """Whether the arguments are JSON; no beginning of an object is."""
        return is_json(str(self.arguments))

    @property
    def invocation(self) -> Invocation:
        """The call as it stands; a function without parameters may be called with nothing."""
        return Invocation(self.id, self.name, str(self.arguments).strip() or "{}")


@dataclass
class Calls:
    """The calls of one turn, in the order in which they began."""

    made: list[DraftedCall] = field(default_factory=list)

    def begin(self, place: Any, given_id: str, name: str) -> DraftedCall:
        """Another call; where the server gives no id, or one twice, it gets one of its own."""
        if len(self.made) >= MOST:
            raise ValueError("a turn has too many calls")
        taken = not given_id or any(call.id == given_id for call in self.made)
        own_id = f"call_{uuid4().hex[:24]}" if taken else given_id
        call = DraftedCall(len(self.made), place, given_id, own_id, name)
        self.made.append(call)
        return call

    def at(self, place: Any) -> DraftedCall | None:
        """The latest call with the server's number; without a number, the latest."""
        return next((call for call in reversed(self.made) if place is None or call.place == place), None)

    def hear(self, entry: Mapping[str, Any]) -> Iterator[Calling]:
        """Take an entry of `tool_calls` in a chunk of Chat Completions."""
        function = entry.get("function") or {}
        name, arguments = text_of(function.get("name")), _as_text(function.get("arguments"))
        given_id = text_of(entry.get("id"))
        call = self.at(entry.get("index"))
        if call is None or _is_another(call, given_id, name, arguments):
            call = self.begin(entry.get("index"), given_id, name)
            shown = call.arguments.add(arguments)
            yield Calling(call.index, shown, call.id, name)
        else:
            yield from call.grow(arguments)
        call.more.update({key: value for key, value in entry.items() if key not in KNOWN})

    def drop_unfinished(self, why: str) -> Iterator[str]:
        """Take out the calls that the end of the turn cut off, and note each."""
        for call in [call for call in self.made if why == "content_filter" or not call.is_whole]:
            self.made.remove(call)
            yield f"a call of {call.name[:64]} was cut off {WHY.get(why, f'({why})')} and not made"


KNOWN = frozenset({"index", "id", "type", "function"})


def _is_another(call: DraftedCall, given_id: str, name: str, arguments: str) -> bool:
    """Whether an entry at the place of a call begins another: some servers give all calls the same number, or none."""
    if given_id and call.given_id and given_id != call.given_id:
        return True
    if not name or (given_id == call.given_id and name == call.name and not arguments):
        # The next piece, or the name once more with nothing new.
        return False
    return name != call.name or call.is_whole


def text_of(value: Any) -> str:
    """A text, empty for nothing; anything else raises `TypeError`."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where text should be")
    return value


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _as_text(arguments: Any) -> str:
    # Some servers send the object itself.
    return json.dumps(arguments) if isinstance(arguments, Mapping) else text_of(arguments)
