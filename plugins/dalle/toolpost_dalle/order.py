"""What a caller wants drawn, in no model's words yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolpost_pictures import Picture

# The names of arguments as the provider writes them.
WIRE = {"size": "size", "quality": "quality", "style": "style", "background": "background", "format": "output_format"}


@dataclass(frozen=True, kw_only=True)
class Order:
    """Some pictures to draw; with `images`, to make of these, within `mask` if there is one.

    What is None is left to the model.
    """

    prompt: str
    n: int = 1
    size: str | None = None
    quality: str | None = None
    style: str | None = None
    background: str | None = None
    format: str | None = None
    images: tuple[Picture, ...] = ()
    mask: Picture | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """What was said beside the prompt, in the provider's names."""
        return {wire: value for name, wire in WIRE.items() if (value := getattr(self, name)) is not None}

    def of(self, images: tuple[Picture, ...], mask: Picture | None = None) -> Order:
        """The same, to make of these pictures."""
        return replace(self, images=images, mask=mask)
