"""What a tool's result is to the model, and to the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import to_json

from toolpost import ToolResult
from toolpost_gateway.talk import Picture

GALLERY, LEDGER = "toolpost/gallery", "toolpost/ledger"
# Characters of a result that a model reads, and of which the caller is told; pictures of one result, in base64.
READ, TOLD = 60_000, 4_000
PICTURES, PICTURE_LETTERS = 8, 6_000_000


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came of a call: the content of the message to the model, and what the caller is told.

    `dollars` is None where it was paid for, and nobody knows the price.
    """

    content: str | list[dict[str, Any]]
    text: str
    is_error: bool = False
    pictures: tuple[Picture, ...] = ()
    blocks: tuple[Any, ...] = ()
    dollars: float | None = 0.0
    note: str = ""


def failed(text: str) -> Came:
    """A call that was not made, or failed; the text says to the model why."""
    return Came(content=bounded(text, READ), text=bounded(text, TOLD), is_error=True)


def came(result: ToolResult) -> Came:
    """What came of a call that was answered."""
    text = "\n".join(_texts(result)) or _data(result)
    shown = [{"type": "text", "text": bounded(text, READ)}] if text else []
    pictures = list(_pictures(result))
    return Came(
        content=[*shown, *pictures] if pictures else bounded(text, READ) or "(nothing was returned)",
        text=bounded(text, TOLD),
        is_error=result.is_error,
        pictures=tuple(links(result)),
        blocks=result.content,
        dollars=_dollars(result),
    )


def noted(found: Came, note: str) -> Came:
    """The same with a note, which the model reads as well as the caller."""
    content = found.content
    said = f"{content}\n({note})" if isinstance(content, str) else [*content, {"type": "text", "text": f"({note})"}]
    return replace(found, content=said, note=note)


def message(call_id: str, came: Came) -> dict[str, Any]:
    """The message of the tool, for the history."""
    return {"role": "tool", "tool_call_id": call_id, "content": came.content}


def links(result: ToolResult) -> Iterator[Picture]:
    """The pictures of a result that people can see somewhere, with their titles."""
    kept = result.meta.get(GALLERY)
    pictures = kept.get("pictures") if isinstance(kept, Mapping) else None
    for picture in pictures if isinstance(pictures, list) else ():
        url = picture.get("url") or picture.get("uri")
        if isinstance(url, str):
            title = str(picture.get("prompt") or picture.get("tool") or "picture")
            yield Picture(title, url, str(picture.get("id") or ""))


def bounded(text: str, most: int) -> str:
    """A text that is no longer than this, and says where it was cut."""
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[cut here: the first {most:,} of {len(text):,} characters]"


def _texts(result: ToolResult) -> Iterator[str]:
    for block in result.content:
        match block.type:
            case "text":
                yield block.text
            case "resource_link":
                said = f": {block.description}" if block.description else ""
                yield f"[{block.title or block.name}]({block.uri}){said}"
            case "resource":
                inside = getattr(block.resource, "text", None)
                yield inside if inside is not None else f"(a file: {block.resource.uri})"
            case "audio":
                yield f"(a sound: {block.mime_type})"


def _data(result: ToolResult) -> str:
    return "" if result.structured is None else to_json(result.structured, serialize_unknown=True).decode()


def _pictures(result: ToolResult) -> Iterator[dict[str, Any]]:
    """The pictures themselves, as many as a model is shown of one result."""
    left, shown, passed_over = PICTURE_LETTERS, 0, 0
    for block in result.content:
        if block.type != "image":
            continue
        if shown == PICTURES or len(block.data) > left:
            passed_over += 1
            continue
        shown, left = shown + 1, left - len(block.data)
        yield {"type": "image_url", "image_url": {"url": f"data:{block.mime_type};base64,{block.data}"}}
    if passed_over:
        yield {"type": "text", "text": f"(pictures that are not shown: {passed_over})"}


def _dollars(result: ToolResult) -> float | None:
    paid = result.meta.get(LEDGER)
    if not isinstance(paid, Mapping) or paid.get("replayed") or paid.get("attached"):
        return 0.0
    cost = paid.get("cost_usd")
    return float(cost) if isinstance(cost, int | float) else None
