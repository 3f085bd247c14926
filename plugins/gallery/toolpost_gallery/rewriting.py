"""A result with its pictures made to fit the client: a preview, a caption and a link for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from toolpost import Context, ToolResult
from toolpost_gallery.addresses import Addresses
from toolpost_gallery.found import Found
from toolpost_gallery.preview import Previews, encoded_bytes, file_bytes, room, size_of
from toolpost_gallery.sidecar import SAID
from toolpost_gallery.words import PROMPT, caption, link, one_line, text
from toolpost_pictures import Picture

META = "toolpost/gallery"
# Bytes that the block of a preview takes besides the picture, and by which its caption may still grow.
BLOCK = 256


class View(NamedTuple):
    """What is shown of a picture: its block, and the picture in it, if that can be read."""

    block: Any
    picture: Picture | None = None


async def rewritten(
    result: ToolResult, found: Sequence[Found], previews: Previews, context: Context, addresses: Addresses
) -> ToolResult:
    """The result as its caller gets it."""
    result = replace(result, meta=_meta(result, found, context, addresses))
    said = {item.index: addresses.said(item.entry, context) for item in found if item.entry}
    left = room(context) - size_of(_assembled(result, found, {}, said)) - BLOCK * len(found)
    views = _unreadable(result, found, left)
    left -= sum(len(found_at.encoded) for found_at in found if found_at.index in views)
    # What is not kept is shown whole where it fits: there is nowhere else to get it.
    lost = [item for item in found if item.picture and not item.is_kept]
    views |= await _views(result, lost, replace(previews, side=float("inf")), file_bytes(left))
    left -= sum(encoded_bytes(view.picture) for view in views.values() if view.picture)
    kept = [item for item in found if item.is_kept]
    views |= await _views(result, kept, previews, min(previews.most, file_bytes(left)))
    return _assembled(result, found, views, said)


def _unreadable(result: ToolResult, found: Sequence[Found], left: float) -> dict[int, View]:
    """What cannot be read goes on as it came, where it fits."""
    views: dict[int, View] = {}
    for item in found:
        if item.picture is None and len(item.encoded) <= left:
            left -= len(item.encoded)
            views[item.index] = View(result.content[item.index])
    return views


async def _views(result: ToolResult, items: list[Found], previews: Previews, total: float) -> dict[int, View]:
    originals = [item.picture for item in items if item.picture]
    fitted = await previews.fit(originals, total)
    return {
        item.index: View(_shown(result.content[item.index], picture, picture is item.picture), picture)
        for item, picture in zip(items, fitted, strict=True)
        if picture is not None
    }


def _shown(block: Any, picture: Picture, is_whole: bool) -> Any:
    """The tool's own block where it holds the picture already, with the type that the picture really has."""
    if not is_whole:
        return picture.image().block().model_copy(update={"annotations": block.annotations})
    if block.type == "image":
        return block.model_copy(update={"mime_type": picture.mime_type})
    return block.model_copy(update={"resource": block.resource.model_copy(update={"mime_type": picture.mime_type})})


def _assembled(
    result: ToolResult, found: Sequence[Found], views: Mapping[int, View], said: Mapping[int, str]
) -> ToolResult:
    by_index = {item.index: item for item in found}
    blocks: list[Any] = []
    for index, block in enumerate(result.content):
        more = said.get(index, "")
        blocks += _blocks(by_index[index], views.get(index), more) if index in by_index else [block]
    return replace(result, content=tuple(blocks))


def _blocks(item: Found, view: View | None, more: str) -> list[Any]:
    shown = [view.block] if view else []
    if item.entry is None:
        left_out = "" if view else ", and it is too large to go on as it is"
        return [*shown, text(f"This picture was not kept: {item.why}{left_out}.")]
    links = [link(item.entry)] if item.is_kept else []
    return [*shown, text(caption(item.entry, view.picture if view else None) + more), *links]


def _meta(result: ToolResult, found: Sequence[Found], context: Context, addresses: Addresses) -> dict[str, Any]:
    meta = {key: value for key, value in result.meta.items() if key != SAID}
    kept = [item.entry for item in found if item.entry and item.is_kept]
    pictures = [
        {**entry.public(), "prompt": one_line(entry.prompt, PROMPT), **addresses.of(entry, context)} for entry in kept
    ]
    return {**meta, META: {"pictures": pictures}} if pictures else meta
