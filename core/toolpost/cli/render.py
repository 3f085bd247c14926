"""A result as a person reads it in a terminal."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from toolpost.errors import ToolError
from toolpost.middleware.injection.marking import without_marks
from toolpost.tools.call import ToolResult
from toolpost.tools.content import Block


@dataclass(frozen=True)
class Form:
    """How an answer is wanted: for programs or for a person who reads it, with pictures kept in a folder or not."""

    for_programs: bool = False
    save: Path | None = None
    is_read: bool = False


def as_text(result: ToolResult, form: Form) -> str:
    """Texts as they are, a line for everything else; marks around data from outside are for models alone."""
    hint = "" if form.save else "; --save FOLDER keeps it"
    return "\n".join(_line(block, hint) for block in (without_marks(result) if form.is_read else result.content))


def saved(result: ToolResult, folder: Path | None) -> list[str]:
    """Keep pictures and sounds in a folder, under names made of their content; a line for each.

    Raises:
        ToolError: they cannot be kept there.
    """
    if folder is None:
        return []
    media = [block for block in result.content if block.type in ("image", "audio")]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_save(base64.b64decode(block.data), block.mime_type, folder) for block in media]
    except OSError as error:
        raise ToolError(f"{folder}: nothing can be saved there: {error.strerror or error}") from None


def _save(content: bytes, mime_type: str, folder: Path) -> str:
    suffix = mimetypes.guess_extension(mime_type) or ".bin"
    path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    path.write_bytes(content)
    return f"saved {path}"


def _line(block: Block, hint: str) -> str:
    match block.type:
        case "text":
            return block.text
        case "image" | "audio":
            return f"[{block.type}, {block.mime_type}, {len(block.data) * 3 // 4} bytes{hint}]"
        case "resource_link":
            return f"[{block.name}: {block.uri}]"
        case _:
            return getattr(block.resource, "text", None) or f"[{block.resource.uri}]"
