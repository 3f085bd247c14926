"""What a person says: a text, or texts and pictures, as Chat Completions has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolpost import InvalidArguments
from toolpost_gateway.sessions.pictures import begin

Said = str | Sequence[Mapping[str, Any]]
DETAILS = ("auto", "low", "high", "original")
# More than anybody sends, and few enough that no number of empty ones holds up others.
MOST_PARTS = 100
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
    if len(said) > MOST_PARTS and not isinstance(said, str):
        raise InvalidArguments(f"a message has at most {MOST_PARTS} parts")
    try:
        made = sendable(said) if isinstance(said, str) else [_part(part) for part in said]
    except ValueError:
        raise InvalidArguments("the message holds half a character (a lone surrogate)") from None
    if not (made.strip() if isinstance(made, str) else made):
        raise InvalidArguments("the message is empty")
    return made


def _part(part: Any) -> dict[str, Any]:
    match part:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": sendable(text)}
        case {"type": "image_url", "image_url": {"url": str(url), **more}}:
            return {"type": "image_url", "image_url": {"url": _address(url), **_detail(more.get("detail"))}}
    raise InvalidArguments(PARTS)


def _address(url: str) -> str:
    begin(url)
    return sendable(url)


def _detail(detail: Any) -> dict[str, Any]:
    """How closely the picture is to be looked at, if that is said."""
    if detail is not None and detail not in DETAILS:
        raise InvalidArguments(f"the detail of a picture is one of {', '.join(DETAILS)}")
    return {"detail": detail} if detail is not None else {}
