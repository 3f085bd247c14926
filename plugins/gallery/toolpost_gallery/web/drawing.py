"""Drawing over REST: an ordinary call of the tool that draws, through all its layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toolpost import Context, Host, ToolError, ToolResult, UnknownTool
from toolpost_gallery.collection import Collection
from toolpost_gallery.entry import Entry
from toolpost_gallery.rewriting import META
from toolpost_gallery.sidecar import LEDGER
from toolpost_gallery.web.shapes import Drawing, Drawn, Image, Order, Unkept

TOOL = "generate_image"
ACCEPTED = ("model", "size", "quality", "n", "format")
MISSING = f"nothing here draws: no tool {TOOL!r} is enabled; enable the plugin dalle, or another that brings one"
LOST = "could not be kept (the disk may be full or read-only); its bytes are in this answer, under unkept"
# From so many of the newest pictures it is told what one costs.
LATELY = 20


async def draw(host: Host, collection: Collection, order: Order, context: Context) -> Drawn:
    """Have pictures drawn.

    Raises:
        UnknownTool: nothing here draws.
        ToolError: the call failed, and why.
    """
    if not any(tool.name == TOOL for tool in host.tools_of(context.principal)):
        raise UnknownTool(MISSING)
    result = await host.call(TOOL, order.arguments, context)
    if result.is_error:
        raise ToolError(result.text or "the tool failed and did not say why")
    kept = [entry for entry in [await collection.find(context.principal, id) for id in _ids(result)] if entry]
    return drawn(kept, result)


def drawn(kept: list[Entry], result: ToolResult) -> Drawn:
    """The answer to an order, from what was kept of it and what the tool said."""
    unkept = list(_unkept(result))
    said = result.structured.get("notes") if isinstance(result.structured, Mapping) else None
    notes = [note for note in said if isinstance(note, str)] if isinstance(said, list) else []
    booked = result.meta.get(LEDGER)
    return Drawn(
        images=[Image.of(entry) for entry in kept],
        notes=[*notes, *[f"a picture {LOST}"] * bool(unkept)],
        cost_usd=kept[0].cost_usd if kept else None,
        replayed=isinstance(booked, Mapping) and bool(booked.get("replayed")),
        unkept=unkept,
    )


async def drawing(host: Host, collection: Collection, context: Context) -> Drawing:
    """Whether the caller can have pictures drawn, and with what."""
    tool = next((tool for tool in host.tools_of(context.principal) if tool.name == TOOL), None)
    if tool is None:
        return Drawing(None, [])
    takes = tool.input_schema.get("properties", {})
    entries = await collection.newest(context.principal, LATELY, lambda entry: entry.tool == TOOL)
    costs = [entry.cost_usd / entry.of for entry in entries if entry.cost_usd is not None]
    return Drawing(TOOL, [name for name in ACCEPTED if name in takes], sum(costs) / len(costs) if costs else None)


def _ids(result: ToolResult) -> list[str]:
    known = result.meta.get(META)
    pictures: list[Any] = known.get("pictures", []) if isinstance(known, Mapping) else []
    return [picture["id"] for picture in pictures]


def _unkept(result: ToolResult) -> Iterator[Unkept]:
    """The pictures without a link to the original behind them."""
    lost: Unkept | None = None
    for block in result.content:
        if block.type == "image":
            if lost:
                yield lost
            lost = Unkept(block.mime_type, block.data)
        elif block.type == "resource_link":
            lost = None
    if lost:
        yield lost
