"""What of a conversation the model is sent: all of it while it is short, then its end and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic_core import to_json

from toolpost_gateway.sessions.pictures import handles
from toolpost_gateway.sessions.records import Head, Message, Record, text_of

# An estimate: no tokenizer is at hand for every model. English takes about four bytes a token, Chinese
# about three a character and nearly one token; a picture about a thousand tokens at middling size.
BYTES, ROLE, PICTURE = 4, 4, 1000
CUT = "(The beginning of this conversation is left out here.)"
EARLIER = "(What was said there, in short: {})"
RECALL = {"id": "call_earlier", "type": "function", "function": {"name": "recall_conversation", "arguments": "{}"}}
UNKNOWN = "nothing is known of it any more"
GO_ON: Message = {"role": "assistant", "content": "(That is what went before.)"}
# Characters of each message that a summary is made of at least.
PASSAGE = 200


def tokens(messages: Iterable[Message]) -> int:
    """About how many tokens messages take."""
    return sum(_tokens(message) for message in messages)


def history(head: Head, turns: Sequence[Record], user: Message, most: int) -> list[Message]:
    """The messages that go to the model, the new one last."""
    messages = [message for turn in turns for message in shown(turn, most)]
    return [*_earlier(head), *messages, user]


def shown(turn: Record, most: int) -> list[Message]:
    """A turn as it is sent: with its tools' results cut short where these alone would fill the room."""
    whole = turn.messages
    return whole if tokens(whole) <= most // 2 else turn.short


def surplus(summary: str, turns: Sequence[Record], user: Message, most: int) -> int:
    """How many of the oldest turns are to be cut, so that half of the room is free again; none while all fits."""
    sizes = [tokens(shown(turn, most)) for turn in turns]
    rest = tokens([user]) + len(summary.encode()) // BYTES
    if sum(sizes) + rest <= most:
        return 0
    kept, room = 0, most // 2 - rest
    for size in reversed(sizes):
        room -= size
        if room < 0:
            break
        kept += 1
    return len(turns) - kept


def script(summary: str, turns: Sequence[Record], most: int) -> str:
    """A conversation as a text to be summarised: where there is no room for all, the beginning of each message."""
    room = most * BYTES
    said = [(message["role"], text_of(message).strip()) for turn in turns for message in turn.messages]
    share = max(PASSAGE, room // max(1, len(said)))
    lines = [f"Summary so far: {summary}"] if summary else []
    return "\n\n".join([*lines, *(f"{role}: {text[:share]}" for role, text in said if text)])[-room:]


def _earlier(head: Head) -> list[Message]:
    """What stands for the beginning: in the assistant's words, since a summary is nobody's instruction.

    Where tools had told something it comes as the result of one, so that
    whoever looks whether something came from outside still finds that.
    """
    if not head.cut:
        return []
    begins, summary = {"role": "user", "content": CUT}, EARLIER.format(head.summary or UNKNOWN)
    if not head.outside:
        return [begins, {"role": "assistant", "content": summary}]
    recalls = {"role": "assistant", "content": None, "tool_calls": [RECALL]}
    return [begins, recalls, {"role": "tool", "tool_call_id": RECALL["id"], "content": summary}, GO_ON]


def _tokens(message: Message) -> int:
    calls = len(to_json(message["tool_calls"])) if message.get("tool_calls") else 0
    return ROLE + (len(text_of(message).encode()) + calls) // BYTES + PICTURE * len(handles([message]))
