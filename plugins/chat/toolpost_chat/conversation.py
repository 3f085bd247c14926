"""What a caller may say to the model: one prompt, or a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolpost import InvalidArguments
from toolpost_openai import Message


def conversation(prompt: str | None, messages: Sequence[Message] | None, system: str | None) -> list[dict[str, Any]]:
    """The messages to send, the system's first.

    Raises:
        InvalidArguments: there is not exactly one of prompt and messages, or nothing in it.
    """
    if (prompt is None) == (messages is None):
        given = "neither" if prompt is None else "both"
        raise InvalidArguments(f"prompt, messages: {given} given; give exactly one of the two")
    one: list[Message] = [{"role": "user", "content": prompt or ""}]
    said = [dict(message) for message in (one if messages is None else messages)]
    if not said:
        raise InvalidArguments("messages: empty; give at least one message")
    for place, message in enumerate(said):
        if not str(message["content"]).strip():
            name = "prompt" if messages is None else f"messages.{place}.content"
            raise InvalidArguments(f"{name}: empty; say something to the model")
    return [{"role": "system", "content": system}, *said] if system else said
