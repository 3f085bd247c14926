"""Which calls of a turn count: none where the model was to make none, and none of an answer that was cut."""

from __future__ import annotations

from dataclasses import replace

from toolpost_gateway.loop.tally import Tally
from toolpost_openai.turns import Said

UNWANTED = "the model called functions although tool_choice is none, so the calls were not made"
CUT = "the answer was cut before it was whole, so the calls in it were not made"


def admitted(said: Said, tally: Tally, *, is_last: bool, may_call: bool) -> Said:
    """The turn with the calls that are to be made; `is_last` where a limit lets it be no more than an answer."""
    if not said.invocations:
        return said
    if not may_call:
        tally.note(UNWANTED)
        return replace(said, invocations=(), kept=(), finish_reason="stop")
    if is_last:
        # Without a word, the limit has cut off what would have come.
        return replace(said, invocations=(), kept=(), finish_reason="stop" if said.text else "length")
    if said.finish_reason in ("length", "content_filter"):
        tally.note(CUT)
        return replace(said, invocations=(), kept=())
    return said
