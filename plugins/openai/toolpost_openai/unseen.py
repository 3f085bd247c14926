"""Pictures in a conversation with a model that sees none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from toolpost import InvalidArguments
from toolpost_openai.turns import Turn

Message = Mapping[str, Any]
BLIND = (
    "messages: the model on this machine sees no pictures; leave them out, or set OPENAI_API_KEY, or base_url in "
    "[plugins.openai] for a server whose model sees"
)
UNSEEN = {"type": "text", "text": "(a picture that this model cannot see)"}


def in_words(turn: Turn) -> Turn:
    """The turn without pictures: of each that was shown before, there is a word.

    Raises:
        InvalidArguments: the newest message of the user shows one.
    """
    if not any(map(_shows, turn.messages)):
        return turn
    newest = next((one for one in reversed(turn.messages) if one.get("role") == "user"), None)
    if newest is not None and _shows(newest):
        raise InvalidArguments(BLIND)
    return replace(turn, messages=[_told(message) if _shows(message) else message for message in turn.messages])


def _shows(message: Message) -> bool:
    content = message.get("content")
    return isinstance(content, list | tuple) and any(map(_is_picture, content))


def _told(message: Message) -> Message:
    return {**message, "content": [UNSEEN if _is_picture(part) else part for part in message["content"]]}


def _is_picture(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "image_url"
