"""What was said to the models of the past, said to the one that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from toolpost_dalle.order import Order

if TYPE_CHECKING:
    from toolpost_openai.images import Drawing, Old, Painter


def translate(order: Order, painter: Painter, old: Old) -> tuple[Order, tuple[str, ...]]:
    """The order in words that the model takes, and notes on what is not as it was said.

    Where only the server knows its rules, everything goes as it came.
    """
    drawing = painter.drawing
    if drawing is None:
        return order, ()
    changes: dict[str, str | None] = {}
    notes = [
        *_quality(order, drawing, old, changes),
        *_size(order, drawing, old, changes, painter.model),
        *_style(order, drawing, old, changes, painter.model),
    ]
    if order.format == "jpg":
        changes["format"] = "jpeg"
    return replace(order, **changes), tuple(notes)  # type: ignore[arg-type]  # only fields that are texts


def _quality(order: Order, drawing: Drawing, old: Old, changes: dict[str, str | None]) -> Iterator[str]:
    new = old.qualities.get(order.quality or "")
    if new and order.quality not in drawing.qualities:
        changes["quality"] = new
        yield f"the quality {order.quality} is of the past; {new} was asked"


def _size(order: Order, drawing: Drawing, old: Old, changes: dict[str, str | None], model: str) -> Iterator[str]:
    if order.size not in old.sizes or order.size is None or drawing.takes_size(order.size):
        return
    changes["size"] = new = drawing.nearest_size(order.size)
    yield f"{model} does not draw {order.size}; {new} was asked"


def _style(order: Order, drawing: Drawing, old: Old, changes: dict[str, str | None], model: str) -> Iterator[str]:
    if not order.style or order.style in drawing.styles:
        return
    words = old.styles.get(order.style, order.style)
    changes |= {"style": None, "prompt": f"{order.prompt}\n\nStyle: {words}."}
    yield f"{model} takes no style, so the prompt ends with 'Style: {words}.'"
