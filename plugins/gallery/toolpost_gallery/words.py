"""What a model reads of a picture that it may not see, and the link to the original."""

from __future__ import annotations

from typing import Any

from toolpost import Link, ToolResult, amount
from toolpost_gallery.entry import Entry
from toolpost_pictures import Picture

PROMPT = 300
LOST = "It could not be kept (the disk may be full or read-only), so what is shown here is all there is."
GONE = "It could not be kept (the disk may be full or read-only), and there is no room to show it here."
JOINERS = "\u200c\u200d"


def caption(entry: Entry, shown: Picture | None) -> str:
    """What a picture is, what of it is shown, and how to get the rest."""
    return " ".join((_title(entry), *_prompt(entry), _where(entry, shown)))


def link(entry: Entry) -> Any:
    """The block that links to the original."""
    block = Link(entry.uri, entry.filename, entry.mime_type, f"The original: {measures(entry)}.").block()
    return block.model_copy(update={"size": entry.size})


def text(words: str) -> Any:
    """A block of text."""
    return ToolResult.of(words).content[0]


def counted(pictures: int) -> str:
    """As in `1 picture`, `2 pictures`."""
    return f"{pictures} picture{'s' * (pictures != 1)}"


def measures(entry: Entry) -> str:
    """As in `1536×1024 PNG, 2.4 MB`."""
    return f"{entry.width}×{entry.height} {entry.format}, {amount(entry.size)}"


def one_line(text: str, longest: int) -> str:
    """A text without line ends and control characters, cut where it is too long."""
    visible = (char if char.isprintable() or char in JOINERS else " " for char in text[: 4 * longest])
    plain = " ".join("".join(visible).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def _title(entry: Entry) -> str:
    which = f"Picture {entry.number} of {entry.of}" if entry.of > 1 else "Picture"
    by = f", by {one_line(entry.model, 80)}" if entry.model else ""
    return f"{which}: {measures(entry)}{by}."


def _prompt(entry: Entry) -> list[str]:
    return [f"Prompt: “{one_line(entry.prompt, PROMPT)}”."] if entry.prompt else []


def _where(entry: Entry, shown: Picture | None) -> str:
    if shown is None:
        return f"There is no room to show it here; the original is {entry.uri}." if entry.is_kept else GONE
    if len(shown.data) == entry.size:
        return f"It is kept as {entry.uri}." if entry.is_kept else LOST
    small = f"Shown is a preview of {shown.width}×{shown.height}."
    return f"{small} The original is {entry.uri}; read that resource for it." if entry.is_kept else f"{small} {LOST}"
