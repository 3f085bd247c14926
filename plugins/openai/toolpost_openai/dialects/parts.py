"""The parts of a message that holds more than text, as each dialect writes them.

Messages are in the form of Chat Completions, where a message's content is a
text or a list of `{"type": "text", "text": …}`, `{"type": "image_url",
"image_url": {"url": …, "detail": …}}`, files and sounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What Chat Completions knew before `original` came; other servers check it.
DETAILS = ("low", "high", "auto")


def for_responses(content: Any, kind: str) -> Any:
    """The content of a message for Responses; `kind` is `input_text` or `output_text`."""
    return content if isinstance(content, str) else [_responses_part(part, kind) for part in content or ()]


def for_others(content: Any) -> Any:
    """The content of a message for a server that is not OpenAI's: it knows no detail `original`."""
    return content if isinstance(content, str) or content is None else list(map(_plain, content))


def text_of(content: Any) -> str:
    """The text of a content, without what else it holds."""
    if isinstance(content, str) or not content:
        return content or ""
    return "\n".join(part["text"] for part in content if part.get("type") == "text")


def others_of(content: Any) -> list[dict[str, Any]]:
    """The parts of a content that are no text."""
    return [] if isinstance(content, str) else [dict(part) for part in content or () if part.get("type") != "text"]


def _responses_part(part: Mapping[str, Any], kind: str) -> dict[str, Any]:
    match part:
        case {"type": "text", "text": text}:
            return {"type": kind, "text": text}
        case {"type": "image_url", "image_url": {"url": url, **more}}:
            return {"type": "input_image", "image_url": url, "detail": more.get("detail", "auto")}
        case {"type": "file", "file": file}:
            return {"type": "input_file", **file}
    return dict(part)


def _plain(part: Mapping[str, Any]) -> dict[str, Any]:
    match part:
        case {"type": "image_url", "image_url": {"detail": detail, **image}} if detail not in DETAILS:
            return {**part, "image_url": {**image, "detail": "high"}}
    return dict(part)
