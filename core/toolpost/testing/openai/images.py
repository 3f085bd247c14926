"""Pictures: generations and edits, whole and as a stream."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from toolpost.testing.openai.received import Received
from toolpost.testing.openai.wire import Answer, Reply, events, whole

SIZE = re.compile(r"(\d+)x(\d+)")
USAGE = {
    "input_tokens": 10,
    "output_tokens": 200,
    "total_tokens": 210,
    "input_tokens_details": {"text_tokens": 8, "image_tokens": 2},
}


def draw(*pictures: bytes) -> Reply:
    """These pictures, or as many as are asked for, in one colour and of the size that is asked for."""

    def reply(request: Received) -> Answer:
        number = int(request.asks("n", 1))
        made = list(pictures) or [_drawn(request, shade) for shade in range(number)]
        about = _about(request)
        if request.streams:
            return events(_stream(request, made[0], about))
        data = [{"b64_json": _base64(picture)} for picture in made]
        return whole({"created": 0, "data": data, "usage": USAGE, **about})

    return reply


def png(width: int = 2, height: int = 2, shade: int = 0, *, alpha: bool = False) -> bytes:
    """The bytes of a PNG in one colour, which is transparent if it has alpha."""
    pixel = bytes([shade, shade, shade, 0] if alpha else [shade, shade, shade])
    rows = (b"\0" + pixel * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _drawn(request: Received, shade: int) -> bytes:
    size = SIZE.fullmatch(str(request.asks("size", "")))
    width, height = (int(size[1]), int(size[2])) if size else (64, 64)
    return png(width, height, shade, alpha=request.asks("background") == "transparent")


def _about(request: Received) -> dict[str, Any]:
    asked = {"size": "auto", "quality": "high", "background": "opaque", "output_format": "png"}
    return {name: request.asks(name, otherwise) for name, otherwise in asked.items()}


def _stream(request: Received, picture: bytes, about: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = "image_edit" if request.path.endswith("/edits") else "image_generation"
    for place in range(int(request.asks("partial_images", 0))):
        partial = {"partial_image_index": place, "b64_json": _base64(png(shade=place)), "created_at": 0}
        yield {"type": f"{kind}.partial_image", **partial, **about}
    yield {"type": f"{kind}.completed", "b64_json": _base64(picture), "created_at": 0, "usage": USAGE, **about}


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
