"""A history that every provider takes: each call is answered once, in order, right behind the turn that made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from toolpost import InvalidArguments

UNANSWERED = "There is no result: this call was not carried through."
Message = dict[str, Any]


def mended(messages: Sequence[Mapping[str, Any]]) -> list[Message]:
    """The messages, with what is missing between them added, and what answers nothing left out."""
    return list(_mended([dict(message) for message in messages]))


def ids_in(messages: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of all calls in a history."""
    return {str(call.get("id")) for message in messages for call in calls_of(message)}


def check(messages: Sequence[Mapping[str, Any]]) -> None:
    """See that no message makes two calls of one id, of which one would be lost.

    Raises:
        InvalidArguments: one does.
    """
    for place, message in enumerate(messages):
        ids = [str(call.get("id")) for call in calls_of(message)]
        if len(set(ids)) < len(ids):
            raise InvalidArguments(f"messages[{place}]: two of its tool_calls have one id; give each its own")


def calls_of(message: Mapping[str, Any]) -> list[Any]:
    """The calls that a message of the assistant makes."""
    calls = message.get("tool_calls") if message.get("role") == "assistant" else None
    return [call for call in calls if isinstance(call, Mapping)] if isinstance(calls, list | tuple) else []


def last_words(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the caller said last."""
    return words_of(next((message for message in reversed(messages) if message.get("role") == "user"), {}))


def words_of(message: Mapping[str, Any]) -> str:
    """The text of a message."""
    said = message.get("content")
    if isinstance(said, str):
        return said
    parts = said if isinstance(said, list | tuple) else ()
    return " ".join(str(part.get("text", "")) for part in parts if isinstance(part, Mapping))


def _mended(messages: list[Message]) -> Iterator[Message]:
    for place, message in enumerate(messages):
        if message.get("role") == "tool":
            continue
        calls = calls_of(message)
        if "tool_calls" in message and not calls:
            del message["tool_calls"]
        yield message
        if calls:
            following = takewhile(lambda one: one.get("role") == "tool", messages[place + 1 :])
            yield from _answers(calls, following)


def _answers(calls: Sequence[Mapping[str, Any]], following: Iterator[Message]) -> Iterator[Message]:
    given: dict[str, Message] = {}
    for message in following:
        given.setdefault(str(message.get("tool_call_id")), message)
    for call_id in dict.fromkeys(str(call.get("id")) for call in calls):
        yield given.get(call_id) or {"role": "tool", "tool_call_id": call_id, "content": UNANSWERED}
