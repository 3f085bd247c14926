"""The colours of a picture, by names that people use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

NAMES = {
    "black": (0, 0, 0),
    "dark grey": (64, 64, 64),
    "grey": (128, 128, 128),
    "light grey": (200, 200, 200),
    "white": (255, 255, 255),
    "red": (225, 20, 20),
    "dark red": (125, 0, 0),
    "pink": (255, 170, 190),
    "magenta": (230, 20, 200),
    "orange": (255, 140, 0),
    "brown": (125, 75, 35),
    "beige": (235, 215, 180),
    "yellow": (250, 225, 20),
    "olive": (125, 125, 0),
    "lime": (120, 240, 40),
    "green": (30, 160, 50),
    "dark green": (0, 80, 20),
    "light green": (160, 230, 160),
    "teal": (0, 128, 128),
    "turquoise": (60, 215, 210),
    "light blue": (150, 200, 240),
    "blue": (30, 80, 230),
    "dark blue": (10, 20, 110),
    "purple": (125, 35, 165),
    "lavender": (195, 170, 235),
}
KEPT, LEAST = 6, 0.02
# The least of 255 steps of opacity that counts as seen.
VISIBLE = 16


@dataclass(frozen=True)
class Colour:
    """A colour, the shade of it that is met most, and its share of what is not transparent."""

    name: str
    rgb: str
    share: float


def colours(sample: Image.Image) -> tuple[Colour, ...]:
    """The colours of a small RGBA picture that take up the most of it, the largest first."""
    from PIL import Image

    reduced = sample.quantize(32, Image.Quantize.FASTOCTREE)
    palette = reduced.getpalette("RGBA") or []
    shades: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
    for index, count in enumerate(reduced.histogram()):
        *rgb, alpha = palette[index * 4 : index * 4 + 4] or (0, 0, 0, 0)
        if count and alpha >= VISIBLE:
            shades.setdefault(nearest(rgb), []).append((count, tuple(rgb)))
    visible = sum(count for found in shades.values() for count, _ in found)
    named = (_colour(name, found, visible) for name, found in shades.items())
    return tuple(sorted((c for c in named if c.share >= LEAST), key=lambda c: -c.share)[:KEPT])


def nearest(rgb: list[int]) -> str:
    """The name of the nearest colour; by "redmean", which is close to how eyes tell them apart."""
    return min(NAMES, key=lambda name: _distance(rgb, NAMES[name]))


def _colour(name: str, found: list[tuple[int, tuple[int, ...]]], visible: int) -> Colour:
    _, shade = max(found)
    return Colour(name, "#" + bytes(shade).hex(), round(sum(count for count, _ in found) / visible, 3))


def _distance(one: list[int], other: tuple[int, int, int]) -> float:
    # https://www.compuphase.com/cmetric.htm
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    mean = (one[0] + other[0]) / 2
    return (2 + mean / 256) * red * red + 4 * green * green + (2 + (255 - mean) / 256) * blue * blue
