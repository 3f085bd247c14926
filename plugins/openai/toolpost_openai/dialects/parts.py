"""The parts of a message that holds more than text, as each dialect writes them.

`Question.messages` are in the form of Chat Completions, where a message's
content is a text or a list of `{"type": "text", "text": …}` and `{"type":
"image_url", "image_url": {"url": …, "detail": …}}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What Chat Completions knew before `original` came; other servers check it.
DETAILS = ("low", "high", "auto")


def for_responses(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as an item of Responses."""
    if isinstance(message["content"], str):
        return dict(message)
    kind = "output_text" if message["role"] == "assistant" else "input_text"
    return {**message, "content": [_responses_part(part, kind) for part in message["content"]]}


def for_others(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message for a server that is not OpenAI's: it knows no `developer`, and no detail `original`."""
    role = "system" if message["role"] == "developer" else message["role"]
    content = message["content"]
    return {**message, "role": role, "content": content if isinstance(content, str) else list(map(_plain, content))}


def _responses_part(part: Mapping[str, Any], kind: str) -> dict[str, Any]:
    match part:
        case {"type": "text", "text": text}:
            return {"type": kind, "text": text}
        case {"type": "image_url", "image_url": {"url": url, **more}}:
            return {"type": "input_image", "image_url": url, "detail": more.get("detail", "auto")}
    return dict(part)


def _plain(part: Mapping[str, Any]) -> dict[str, Any]:
    match part:
        case {"type": "image_url", "image_url": {"detail": detail, **image}} if detail not in DETAILS:
            return {**part, "image_url": {**image, "detail": "high"}}
    return dict(part)
