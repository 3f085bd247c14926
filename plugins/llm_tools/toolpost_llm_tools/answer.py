"""What a tool of llm returned, as toolpost sends it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import llm

from toolpost import Audio, Embedded, Image, Link, ToolResult

UNKNOWN = "application/octet-stream"


def answer(value: Any) -> Any:
    """A text or data, with pictures, sounds and files where it has attachments."""
    match value:
        case llm.ToolOutput(output=output, attachments=[]):
            return answer(output)
        case llm.ToolOutput(output=output, attachments=attachments):
            words = [] if output is None else [output if isinstance(output, str) else _json(output)]
            return ToolResult.of(*words, *map(attached, attachments), structured=_object(output))
        case llm.Attachment():
            return attached(value)
        case str():
            return value
        case None:
            return "null"
    # llm shows what is no JSON by its repr.
    return json.loads(_json(value))


def attached(attachment: Any) -> Any:
    """A picture, sound or file; one that lies elsewhere stays there, and is named."""
    if not attachment.content and not attachment.path:
        return Link(attachment.url or "", mime_type=attachment.type)
    content = attachment.content or Path(str(attachment.path)).read_bytes()
    kind = attachment.resolve_type() or UNKNOWN
    match kind.partition("/")[0]:
        case "image":
            return Image(content, kind)
        case "audio":
            return Audio(content, kind)
    return Embedded(f"llm://attachment/{attachment.id()}", content, kind)


def _json(value: Any) -> str:
    return json.dumps(value, default=repr, ensure_ascii=False)


def _object(value: Any) -> Any:
    return json.loads(_json(value)) if isinstance(value, dict) else None
