"""What models that make pictures take, and which one is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from toolpost import InvalidArguments

if TYPE_CHECKING:
    from datetime import date

    from toolpost_openai.catalogue import Catalogue
    from toolpost_openai.connection import Connection

DEFAULT = "image.best"
PIXELS = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
# Names under which servers other than OpenAI serve models that draw.
DRAWING_NAMES = re.compile(r"image|dall-?e|diffusion|flux|sdxl|\bsd|draw|hidream|pixart|kolors|sana", re.IGNORECASE)


@dataclass(frozen=True)
class AnySize:
    """Which sizes a model takes besides those with a name."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    multiple: int
    ratio: float
    edge: int
    fewest: int
    most: int

    def takes(self, width: int, height: int) -> bool:
        """Whether a picture may be so large."""
        long, short = max(width, height), min(width, height)
        return (
            not width % self.multiple
            and not height % self.multiple
            and long <= min(self.edge, self.ratio * short)
            and self.fewest <= width * height <= self.most
        )

    def rounded(self, width: int, height: int) -> str:
        """The same with each edge at the nearest multiple, which may still be too large or small."""
        near = [max(1, round(edge / self.multiple)) * self.multiple for edge in (width, height)]
        return f"{near[0]}x{near[1]}"

    def __str__(self) -> str:
        return (
            f"any WIDTHxHEIGHT with both divisible by {self.multiple}, the longer at most {self.ratio:g} times the "
            f"shorter and {self.edge}, and {self.fewest} to {self.most} pixels in all"
        )


@dataclass(frozen=True)
class Drawing:
    """What a model that makes pictures takes; `catalogue.toml` explains each field."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    sizes: Sequence[str]
    most: int
    prompt: int
    any_size: AnySize | None = None
    qualities: Sequence[str] = ()
    backgrounds: Sequence[str] = ()
    formats: Sequence[str] = ()
    transparent: Sequence[str] = ()
    styles: Sequence[str] = ()
    streams: bool = False
    images: int = 0
    image_bytes: int = 0
    mask_bytes: int = 0

    def takes_size(self, size: str) -> bool:
        """Whether a picture may have this size."""
        pixels = pixels_of(size)
        return size in self.sizes or bool(self.any_size and pixels and self.any_size.takes(*pixels))

    def nearest_size(self, size: str) -> str | None:
        """A size that this model takes and that is most like another; None where that one is no size."""
        pixels = pixels_of(size)
        if pixels is None:
            return None
        if self.any_size and self.takes_size(near := self.any_size.rounded(*pixels)):
            return near
        named = [(name, known) for name in self.sizes if (known := pixels_of(name))]
        return min(named, key=lambda item: _distance(item[1], pixels))[0] if named else None


@dataclass(frozen=True)
class Old:
    """What only models of the past understood, and what it means to those of today."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    sizes: Sequence[str] = ()
    qualities: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Painter:
    """The model that is asked for a picture, empty for the server's own, and what to tell of the choice.

    `drawing` holds the rules to check by, None where only the server knows
    them; `most` is how many pictures one request may ask for.
    """

    model: str
    drawing: Drawing | None = None
    most: int = 10
    notes: tuple[str, ...] = ()


async def choose_painter(
    connection: Connection, catalogue: Catalogue, aliases: Mapping[str, str], name: str, today: date
) -> Painter:
    """The model behind a name, an alias or, if empty, the default.

    Raises:
        InvalidArguments: this model makes no pictures.
    """
    name = name or DEFAULT
    if connection.server.official:
        return living(catalogue, aliases.get(name) or catalogue.aliases.get(name, name), today)
    model = aliases.get(name, name)
    if model == name and name in catalogue.aliases:
        model = _among(await connection.served(), catalogue.aliases[name])
    known = catalogue.drawing(catalogue.find(model))
    return Painter(model, most=known.most if known else 10)


def living(catalogue: Catalogue, name: str, today: date) -> Painter:
    """OpenAI's model of that name, or the nearest that lives.

    Raises:
        InvalidArguments: this model makes no pictures.
    """
    asked, model = catalogue.find(name), catalogue.living(name, today)
    if catalogue.knows(model.name) and not model.draws:
        able = ", ".join(catalogue.alive(today, "pictures"))
        raise InvalidArguments(f"model: {name} makes no pictures; those that do: {able}, image.best, image.fast")
    notes: tuple[str, ...] = ()
    if model.name != asked.name:
        notes = (f"the model {name} ended on {asked.ends}; {model.name} was asked",)
    elif model.ends_soon(today):
        notes = (f"the model {name} ends on {model.ends}; use {model.instead}",)
    drawing = catalogue.drawing(model)
    return Painter(model.name, drawing, drawing.most if drawing else 10, notes)


def pixels_of(size: str) -> tuple[int, int] | None:
    """Width and height of a size; None of one that does not say them."""
    found = PIXELS.fullmatch(size)
    return (int(found[1]), int(found[2])) if found else None


def _among(served: Sequence[str], wanted: str) -> str:
    """The model that draws of those that a server lists; empty, for the server's own choice, where none looks so."""
    if wanted in served:
        return wanted
    return next((name for name in served if DRAWING_NAMES.search(name)), "")


def _distance(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, int]:
    shape = one[0] / one[1] / (other[0] / other[1])
    return max(shape, 1 / shape), abs(one[0] * one[1] - other[0] * other[1])
