"""A picture made ready for a model: in a format and of a size that its server takes."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal

import anyio.to_thread

from toolpost_pictures import Picture, Pictures
from toolpost_vision.marks import Marks, marks

Detail = Literal["low", "high", "auto", "original"]

# The longest side that OpenAI's models look at (guide "Images and vision", 2026-11); more would only take longer.
SIDES: dict[Detail, int] = {"low": 512, "high": 2048, "auto": 2048, "original": 6000}
# Bytes of one picture, and of all in one request: the guide allows 50 MB, and base64 makes four thirds of them.
BYTES: dict[Detail, int] = {"low": 1_000_000, "high": 4_000_000, "auto": 4_000_000, "original": 10_000_000}
REQUEST_BYTES = 36_000_000
EVERYWHERE = ("image/png", "image/jpeg")


@dataclass(frozen=True)
class Shown:
    """A picture as it is sent, beside what the caller gave."""

    given: Picture
    sent: Picture
    marks: Marks

    async def part(self, detail: Detail) -> dict[str, Any]:
        """The part of a message that shows it."""
        # A large one takes tens of milliseconds, which other calls need not wait for.
        url = await anyio.to_thread.run_sync(data_url, self.sent)
        return {"type": "image_url", "image_url": {"url": url, "detail": detail}}

    def remarks(self, name: str) -> list[str]:
        """What the caller should know of how it was sent."""
        said = []
        if self.marks.animated:
            said.append(f"{name} is animated; the model saw its first frame")
        if max(self.sent.width, self.sent.height) < max(self.given.width, self.given.height):
            given, sent = (f"{p.width}x{p.height}" for p in (self.given, self.sent))
            said.append(f"{name} was sent smaller: {sent} of {given} pixels")
        return said


async def prepared(pictures: Pictures, picture: Picture, detail: Detail, of: int, official: bool) -> Shown:
    """A picture fitted to its share of a request that shows `of` pictures: upright, and without its metadata."""
    most = min(BYTES[detail], REQUEST_BYTES // of)
    sent = await pictures.fit(picture, most, SIDES[detail])
    if not official:
        sent = await _readable(pictures, sent, most)
    return Shown(picture, sent, await anyio.to_thread.run_sync(marks, picture))


def data_url(picture: Picture) -> str:
    """A picture as a `data:` URL."""
    return f"data:{picture.mime_type};base64,{base64.b64encode(picture.data).decode('ascii')}"


async def _readable(pictures: Pictures, picture: Picture, most: int) -> Picture:
    """PNG or JPEG: what stands behind other servers often reads nothing else (llama.cpp knows no WebP)."""
    if picture.mime_type in EVERYWHERE:
        return picture
    png = await pictures.convert(picture, "image/png")
    return png if len(png.data) <= most else await pictures.convert(picture, "image/jpeg")
