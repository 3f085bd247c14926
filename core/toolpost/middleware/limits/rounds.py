"""Calls that wait for a person's answer: the round that brings it is no new call."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from toolpost.tools.call import ToolCall
from toolpost.tools.rounds import InputRequired

# States that are remembered, calls that may carry the same one, and the rounds that may follow the first of a call.
OPEN, MOST, ROUNDS = 10_000, 100, 16


class OpenRounds:
    """Which rounds may follow one that was paid for; each of them once, however often its state is sent.

    A call is known by what its client carries, which is sealed for its caller
    and its request. It is remembered in this process alone: elsewhere a
    round is a call like any other.
    """

    def __init__(self) -> None:
        self._left: OrderedDict[Hashable, list[int]] = OrderedDict()

    def resumed(self, call: ToolCall) -> int | None:
        """How many rounds may follow this one; None where it is the first of its call, or was there before."""
        state = call.context.carried
        if not state:
            return None
        key = _key(call, state)
        found = self._left.get(key)
        if found is None:
            return None
        left = found.pop()
        if not found:
            del self._left[key]
        return left

    def ended(self, call: ToolCall, required: InputRequired, left: int | None) -> None:
        """A round of a call has ended with a question; so many were left to it."""
        if required.state != call.context.carried:
            self._keep(_key(call, required.state), (ROUNDS if left is None else left) - 1)

    def refused(self, call: ToolCall, left: int) -> None:
        """A round was not let in; it may come again."""
        self._keep(_key(call, call.context.carried), left)

    def _keep(self, key: Hashable, left: int) -> None:
        if left < 0:
            return
        found = self._left.setdefault(key, [])
        found[:] = [*found[1 - MOST :], left]
        self._left.move_to_end(key)
        if len(self._left) > OPEN:
            self._left.popitem(last=False)


def _key(call: ToolCall, state: str) -> Hashable:
    # What a client carries may be long, and is never shown.
    return call.context.principal, call.tool.name, hash(state)
