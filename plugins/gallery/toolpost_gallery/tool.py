"""The tool that shows what was kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from toolpost import Context, ToolResult
from toolpost_gallery.collection import Collection
from toolpost_gallery.entry import Entry
from toolpost_gallery.preview import Previews, file_bytes, room, size_of
from toolpost_gallery.words import PROMPT, caption, counted, link, one_line, text
from toolpost_pictures import Picture

# Pixels and bytes of a small preview.
SIDE, EACH = 384, 48 * 1024
BLOCK = 256
FIELDS = {
    **{name: {"type": "string"} for name in ("id", "uri", "prompt", "model", "tool", "made", "mime_type")},
    **{name: {"type": "integer"} for name in ("width", "height", "bytes")},
}
SHOWN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "pictures": {"type": "array", "items": {"type": "object", "properties": FIELDS, "required": list(FIELDS)}}
    },
    "required": ["pictures"],
}


async def show(collection: Collection, previews: Previews, entries: list[Entry], context: Context) -> ToolResult:
    """Small previews of pictures with captions and links."""
    structured = {"pictures": [{**entry.public(), "prompt": one_line(entry.prompt, PROMPT)} for entry in entries]}
    bare = ToolResult.of(*_words(entries, {}), structured=structured)
    total = min(EACH * len(entries), previews.most, file_bytes(room(context) - size_of(bare) - BLOCK * len(entries)))
    small = Previews(previews.pictures, total, SIDE)
    shown = {entry.id: await _small(collection, small, entry, total / len(entries)) for entry in entries}
    return ToolResult.of(*_words(entries, shown), structured=structured)


def searched(search: str) -> Callable[[Entry], bool] | None:
    """Whether a picture's prompt, model or tool has all the words of a search."""
    words = search.casefold().split()
    if not words:
        return None

    def matches(entry: Entry) -> bool:
        described = f"{entry.prompt} {entry.model} {entry.tool}".casefold()
        return all(word in described for word in words)

    return matches


async def _small(collection: Collection, previews: Previews, entry: Entry, share: float) -> Picture | None:
    content = await collection.content(entry)
    if content is None:
        return None
    original = Picture(content, entry.mime_type, entry.width, entry.height)
    return (await previews.fit([original], share))[0]


def _words(entries: list[Entry], shown: dict[str, Picture | None]) -> list[Any]:
    blocks: list[Any] = [text(f"{counted(len(entries))}, newest first." if entries else "There are no such pictures.")]
    for entry in entries:
        preview = shown.get(entry.id)
        blocks += [preview.image().block()] if preview else []
        blocks += [text(f"{entry.date} {caption(entry, preview)}"), link(entry)]
    return blocks
