"""Pictures by script, for the tests of plugins that draw: replies to a `ScriptedServer`."""

from __future__ import annotations

import json
import struct
import zlib
from base64 import b64encode
from typing import Any

from toolpost_openai.testing import Handler, Reply, stream

USAGE = {
    "input_tokens": 10,
    "output_tokens": 200,
    "total_tokens": 210,
    "input_tokens_details": {"text_tokens": 8, "image_tokens": 2},
}


def png(width: int = 2, height: int = 2, shade: int = 0, *, alpha: bool = False) -> bytes:
    """The bytes of a PNG in one colour, which is transparent if it has alpha."""
    pixel = bytes([shade, shade, shade, 0] if alpha else [shade, shade, shade])
    rows = (b"\0" + pixel * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def picture(data: bytes | None = None, **more: Any) -> dict[str, Any]:
    """A picture in an answer."""
    return {"b64_json": b64encode(data or png()).decode(), **more}


def pictures(*items: dict[str, Any], usage: Any = USAGE, **about: Any) -> Reply:
    """A whole answer with these pictures, one if none are given."""
    body = {"created": 0, "data": list(items or [picture()]), "usage": usage, **about}
    return lambda handler: handler.send(200, json.dumps(body).encode())


def picture_stream(data: bytes | None = None, *, partial: int = 1, kind: str = "image_generation") -> Reply:
    """A stream of partial pictures and the finished one; `kind` is `image_edit` for edits."""
    events = [partial_picture(place, kind) for place in range(partial)]
    return stream(*events, {"type": f"{kind}.completed", "quality": "high", "usage": USAGE, **picture(data)})


def partial_picture(place: int = 0, kind: str = "image_generation") -> dict[str, Any]:
    """The event of a stream that brings a partial picture."""
    return {"type": f"{kind}.partial_image", "partial_image_index": place, **picture()}


def silence(handler: Handler) -> None:
    """Not a word, until the client hangs up."""
    if not handler.connection.recv(1):
        handler.script.left.set()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
