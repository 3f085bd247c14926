"""What a person says: a text, or texts and pictures, as Chat Completions has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolpost import InvalidArguments

Said = str | Sequence[Mapping[str, Any]]
DETAILS = ("auto", "low", "high", "original")
PARTS = (
    'the message is a text, or parts: {"type": "text", "text": …} and {"type": "image_url", "image_url": {"url": …}}'
)


def sendable(text: str) -> str:
    """The text, if it can be written at all.

    Raises:
        ValueError: it holds half a character (a lone surrogate).
    """
    text.encode()
    return text


def content(said: Said) -> str | list[dict[str, Any]]:
    """The content of the message, with nothing in it that is unknown.

    Raises:
        InvalidArguments: it is none, or says nothing.
    """
    made: str | list[dict[str, Any]] = said if isinstance(said, str) else [_part(part) for part in said]
    if not (made.strip() if isinstance(made, str) else made):
        raise InvalidArguments("the message is empty")
    try:
        for text in [made] if isinstance(made, str) else [part["text"] for part in made if part["type"] == "text"]:
            sendable(text)
    except ValueError:
        raise InvalidArguments("the message holds half a character (a lone surrogate)") from None
    return made


def _part(part: Any) -> dict[str, Any]:
    match part:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": text}
        case {"type": "image_url", "image_url": {"url": str(url), "detail": detail}} if detail in DETAILS:
            return {"type": "image_url", "image_url": {"url": url, "detail": detail}}
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            return {"type": "image_url", "image_url": {"url": url}}
    raise InvalidArguments(PARTS)
