"""What a caller says to the model, and where the pictures stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolpost import InvalidArguments
from toolpost_openai import Message


def conversation(messages: Sequence[Message], name: str) -> list[dict[str, Any]]:
    """The messages to send; `name` is what the caller knows them as.

    Raises:
        InvalidArguments: a message says nothing, or none is the user's.
    """
    for place, message in enumerate(messages):
        if not message["content"].strip():
            at = name if name == "prompt" else f"{name}.{place}.content"
            raise InvalidArguments(f"{at}: empty; say something to the model")
    if not any(message["role"] == "user" for message in messages):
        raise InvalidArguments(f"{name}: none is of role 'user'; the pictures go with the last one that is")
    return [dict(message) for message in messages]


def with_pictures(messages: Sequence[dict[str, Any]], parts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The conversation with the pictures before the words of the user's last message."""
    last = max(place for place, message in enumerate(messages) if message["role"] == "user")
    words = {"type": "text", "text": messages[last]["content"]}
    shown = {**messages[last], "content": [*parts, words]}
    return [*messages[:last], shown, *messages[last + 1 :]]
