"""Orders as requests: the path, the fields and the files that the provider wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from toolpost_dalle.order import Order

if TYPE_CHECKING:
    from toolpost_pictures import Picture

GENERATIONS, EDITS, VARIATIONS = "/images/generations", "/images/edits", "/images/variations"
# Only servers other than OpenAI know it, and its GPT image models send nothing else.
AS_BASE64 = {"response_format": "b64_json"}

File = tuple[str, tuple[str, bytes, str]]
"""A field of a form with its file: a name, the bytes, their type."""


@dataclass(frozen=True)
class Request:
    """One request; with files it is sent as a form."""

    path: str
    fields: Mapping[str, Any]
    files: tuple[File, ...] = field(default=(), repr=False)

    @property
    def model(self) -> str:
        """The model that is asked; empty where the server chooses."""
        return str(self.fields.get("model", ""))


def of_order(order: Order, model: str, n: int, *, official: bool, partial_images: int = 0) -> Request:
    """The request for `n` pictures of an order; with partial pictures it asks for a stream."""
    fields = {
        **({"model": model} if model else {}),
        "prompt": order.prompt,
        "n": n,
        **order.options,
        **({} if official else AS_BASE64),
        **({"stream": True, "partial_images": partial_images} if partial_images else {}),
    }
    if not order.images:
        return Request(GENERATIONS, fields)
    # Several files of one name are a list, which the provider wants marked as such.
    name = "image" if len(order.images) == 1 else "image[]"
    files = [_file(name, picture, f"image-{place}") for place, picture in enumerate(order.images, 1)]
    return Request(EDITS, fields, (*files, *([_file("mask", order.mask, "mask")] if order.mask else [])))


def of_variation(picture: Picture, model: str, size: str | None, n: int) -> Request:
    """The request to an endpoint that OpenAI has no more, and some servers have."""
    fields = {**({"model": model} if model else {}), "n": n, **({"size": size} if size else {}), **AS_BASE64}
    return Request(VARIATIONS, fields, (_file("image", picture, "image-1"),))


def _file(field: str, picture: Picture, name: str) -> File:
    return field, (f"{name}.{picture.mime_type.removeprefix('image/')}", picture.data, picture.mime_type)
