"""What can be known of a picture for certain: no place where it was taken, no device and no person."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import anyio.to_thread

from toolpost_pictures import Picture, Pictures
from toolpost_vision.colours import VISIBLE, Colour, colours
from toolpost_vision.marks import Marks, marks

# EXIF 2.32, tag 0x0112: what to do with the stored picture before it is shown.
TURNS = {
    2: "mirrored",
    3: "turned by 180°",
    4: "mirrored and turned by 180°",
    5: "mirrored and turned by 270°",
    6: "turned by 90°",
    7: "mirrored and turned by 90°",
    8: "turned by 270°",
}
LIGHT = ((0.2, "very dark"), (0.4, "dark"), (0.6, "medium"), (0.8, "bright"), (1.01, "very bright"))
# Colours are counted in a preview of so many bytes and pixels at most.
SAMPLE_BYTES, SAMPLE_SIDE = 500_000, 160

SHARE = {"type": "number", "minimum": 0, "maximum": 1}
COLOUR = {"name": {"type": "string"}, "rgb": {"type": "string"}, "share": SHARE}
PROPERTIES: dict[str, Any] = {
    "mime_type": {"type": "string"},
    "width": {"type": "integer", "description": "Pixels, as stored."},
    "height": {"type": "integer"},
    "bytes": {"type": "integer"},
    "transparent": {**SHARE, "description": "How much of it is see-through."},
    "animated": {"type": ["boolean", "null"]},
    "orientation": {"type": ["string", "null"], "description": "How EXIF wants it turned before it is shown."},
    "brightness": {"type": ["number", "null"], "description": "0 is black, 1 white; null where all is transparent."},
    "colours": {"type": "array", "items": {"type": "object", "properties": COLOUR, "required": list(COLOUR)}},
    "text": {"type": ["string", "null"], "description": "Read by OCR; null where it was not read."},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What was measured, where no model looked at the picture.",
    "properties": PROPERTIES,
    "required": list(PROPERTIES),
}


@dataclass(frozen=True)
class Facts:
    """A picture, measured."""

    mime_type: str
    width: int
    height: int
    bytes: int
    transparent: float
    animated: bool | None
    orientation: str | None
    brightness: float | None
    colours: tuple[Colour, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "colours": [asdict(colour) for colour in self.colours]}

    def sentence(self) -> str:
        """In words."""
        said = [
            f"A {self.mime_type.removeprefix('image/').upper()} picture of {self.width} x {self.height} pixels",
            f"{self.bytes:,} bytes",
            f"{self.transparent:.0%} transparent" if self.transparent else "without transparency",
        ]
        if self.animated is not None:
            said.append("animated (only the first frame was measured)" if self.animated else "not animated")
        if self.orientation is not None:
            said.append(f"to be shown {self.orientation} (EXIF)")
        if self.brightness is not None:
            said.append(f"{_light(self.brightness)} (brightness {self.brightness:.0%})")
        shares = ", ".join(f"{colour.name} {colour.share:.0%} ({colour.rgb})" for colour in self.colours)
        return f"{', '.join(said)}. Colours: {shares or 'none that can be seen'}."


async def facts(pictures: Pictures, picture: Picture) -> Facts:
    """Measure a picture."""
    marked = await anyio.to_thread.run_sync(marks, picture)
    sample = await pictures.fit(picture, SAMPLE_BYTES, SAMPLE_SIDE)
    return await anyio.to_thread.run_sync(partial(_measured, picture, marked, sample.data))


def _measured(picture: Picture, marked: Marks, sample: bytes) -> Facts:
    from PIL import Image, ImageStat

    with Image.open(io.BytesIO(sample)) as small:
        pixels = small.convert("RGBA")
    alpha = pixels.getchannel("A")
    visible = alpha.point(lambda value: 255 if value >= VISIBLE else 0)
    light = ImageStat.Stat(pixels.convert("L"), visible).mean[0] if visible.getbbox() else None
    return Facts(
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.data),
        transparent=round(1 - ImageStat.Stat(alpha).mean[0] / 255, 3),
        animated=marked.animated,
        orientation=TURNS.get(marked.orientation),
        brightness=None if light is None else round(light / 255, 3),
        colours=colours(pixels),
    )


def _light(brightness: float) -> str:
    return next(name for most, name in LIGHT if brightness < most)
