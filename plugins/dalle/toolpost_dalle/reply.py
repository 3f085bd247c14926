"""The form in which pictures go back to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from toolpost import ToolResult
from toolpost_dalle.drawn import Drawn, Outcome
from toolpost_dalle.order import Order

if TYPE_CHECKING:
    from toolpost_openai.images import Painter

CAPTION = 400
COUNT = {"type": "integer", "minimum": 0}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "pictures": {
            "type": "array",
            "description": "One for each picture in the content, in their order.",
            "items": {
                "type": "object",
                "properties": {
                    "model": {"type": "string", "description": "The model that drew it; empty where unknown."},
                    "size": {"type": "string", "description": "WIDTHxHEIGHT in pixels."},
                    "format": {"type": "string", "description": "png, webp, jpeg or gif."},
                    "bytes": COUNT,
                    "revised_prompt": {"type": "string", "description": "What the provider made of the prompt."},
                },
                "required": ["model", "size", "format", "bytes"],
            },
        },
        "notes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Where something other than you asked was drawn, and pictures that are missing.",
        },
        "usage": {
            "type": ["object", "null"],
            "description": "Tokens as the provider counted them; null where it does not.",
            "additionalProperties": COUNT,
        },
    },
    "required": ["pictures", "notes", "usage"],
}


async def reply(order: Order, painter: Painter, outcome: Outcome, notes: Sequence[str]) -> ToolResult:
    """The pictures at full size, a caption in words, the rest for programs."""
    said = [*notes, *outcome.notes]
    structured = {
        "pictures": [_row(drawn, painter) for drawn in outcome.drawn],
        "notes": said,
        "usage": outcome.usage or None,
    }
    meta = {
        "toolpost/pictures": [_sidecar(drawn, order, painter) for drawn in outcome.drawn],
        "toolpost/usage": {**_usage(order, painter, outcome.drawn), **outcome.usage},
    }
    images = [drawn.picture.image() for drawn in outcome.drawn]
    caption = "\n".join([_caption(order, painter, outcome.drawn), *(f"Note: {note}." for note in said)])
    # The base64 of large pictures takes a while.
    return await anyio.to_thread.run_sync(partial(ToolResult.of, *images, caption, structured=structured, meta=meta))


def _row(drawn: Drawn, painter: Painter) -> dict[str, Any]:
    revised = {"revised_prompt": drawn.revised_prompt} if drawn.revised_prompt else {}
    return {"model": painter.model, **_file(drawn), "bytes": len(drawn.picture.data), **revised}


def _sidecar(drawn: Drawn, order: Order, painter: Painter) -> dict[str, Any]:
    known = {
        "prompt": order.prompt,
        "revised_prompt": drawn.revised_prompt,
        "model": painter.model,
        "quality": drawn.quality or order.quality,
        "background": drawn.background or order.background,
        "style": order.style,
        **_file(drawn),
    }
    return {name: value for name, value in known.items() if value}


def _file(drawn: Drawn) -> dict[str, str]:
    picture = drawn.picture
    return {"size": f"{picture.width}x{picture.height}", "format": picture.mime_type.removeprefix("image/")}


def _usage(order: Order, painter: Painter, drawn: Sequence[Drawn]) -> dict[str, Any]:
    first = drawn[0]
    quality = first.quality or order.quality
    return {
        "model": painter.model,
        "images": len(drawn),
        "size": _file(first)["size"],
        **({"quality": quality} if quality else {}),
    }


def _caption(order: Order, painter: Painter, drawn: Sequence[Drawn]) -> str:
    count = "1 picture" if len(drawn) == 1 else f"{len(drawn)} pictures"
    sizes = ", ".join(dict.fromkeys(_file(one)["size"] for one in drawn))
    by = f" by {painter.model}" if painter.model else ""
    prompt = order.prompt if len(order.prompt) <= CAPTION else f"{order.prompt[: CAPTION - 1]}…"
    return f"{count}{by}, {sizes}: {prompt}"
