"""Whether the model that is asked takes an order, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from toolpost import InvalidArguments
from toolpost_dalle.order import Order

if TYPE_CHECKING:
    from toolpost_openai.images import Drawing, Painter

MEGABYTE = 1_000_000
# In a PNG (W3C, 11.2.1 and 11.3.1): the colour type in the header says alpha, or a tRNS chunk before the pixels does.
COLOUR_TYPE, WITH_ALPHA = 25, (4, 6)


def check(order: Order, painter: Painter) -> None:
    """Refuse what the model does not take, naming each argument and what is allowed.

    Raises:
        InvalidArguments: something does not fit.
    """
    if not order.prompt.strip():
        raise InvalidArguments("prompt: empty; say what the picture is to show")
    drawing = painter.drawing
    if drawing is None:
        return
    wrong = [
        *_length(order, drawing),
        *_size(order, drawing),
        *_one_of("quality", order.quality, drawing.qualities),
        *_one_of("background", order.background, drawing.backgrounds),
        *_one_of("format", order.format, drawing.formats),
        *_transparency(order, drawing),
        *_pictures(order, drawing),
        *_mask(order, drawing),
    ]
    if wrong:
        raise InvalidArguments(f"{painter.model} does not take this: {'; '.join(wrong)}")


def _length(order: Order, drawing: Drawing) -> Iterator[str]:
    if len(order.prompt) > drawing.prompt:
        yield f"prompt: {len(order.prompt)} characters; at most {drawing.prompt}"


def _size(order: Order, drawing: Drawing) -> Iterator[str]:
    if order.size is None or drawing.takes_size(order.size):
        return
    besides = f", or {drawing.any_size}" if drawing.any_size else ""
    near = drawing.nearest_size(order.size)
    yield f"size: one of {', '.join(drawing.sizes)}{besides}{f' (the nearest is {near})' if near else ''}"


def _one_of(name: str, value: str | None, allowed: Sequence[str]) -> Iterator[str]:
    if value is not None and value not in allowed:
        yield f"{name}: one of {', '.join(allowed)}" if allowed else f"{name}: leave it out"


def _transparency(order: Order, drawing: Drawing) -> Iterator[str]:
    given = order.format or "png"
    if order.background == "transparent" and given in drawing.formats and given not in drawing.transparent:
        yield f"format: with a transparent background one of {', '.join(drawing.transparent)}"


def _pictures(order: Order, drawing: Drawing) -> Iterator[str]:
    if order.images and not drawing.images:
        yield "image: it cannot change pictures"
    elif len(order.images) > drawing.images:
        yield f"images: {len(order.images)} given; at most {drawing.images}"
    for place, picture in enumerate(order.images):
        if len(picture.data) >= drawing.image_bytes > 0:
            name = "image" if len(order.images) == 1 else f"images.{place}"
            yield f"{name}: {_megabytes(len(picture.data))}; less than {_megabytes(drawing.image_bytes)}"


def _mask(order: Order, drawing: Drawing) -> Iterator[str]:
    mask = order.mask
    if mask is None or not order.images:
        return
    first = order.images[0]
    if (mask.width, mask.height) != (first.width, first.height):
        yield f"mask: {mask.width}x{mask.height}; as large as the first picture, {first.width}x{first.height}"
    if len(mask.data) >= drawing.mask_bytes:
        yield f"mask: {_megabytes(len(mask.data))}; less than {_megabytes(drawing.mask_bytes)}"
    if mask.mime_type != "image/png":
        yield "mask: a PNG"
    elif not _has_alpha(mask.data):
        yield "mask: a PNG with transparent parts, which say where to change the picture"


def _has_alpha(png: bytes) -> bool:
    return png[COLOUR_TYPE : COLOUR_TYPE + 1] in [bytes([kind]) for kind in WITH_ALPHA] or b"tRNS" in png[:4096]


def _megabytes(count: int) -> str:
    return f"{count / MEGABYTE:.1f} MB".replace(".0 MB", " MB")
