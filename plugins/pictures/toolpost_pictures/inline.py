"""Pictures that travel in the argument itself, or in the answer of a resource: base64, capped before it is decoded."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

from mcp_types import BlobResourceContents, EmbeddedResource, ImageContent

from toolpost import InvalidArguments, ToolResult

# What is declared is not looked at: the content decides what it is.
HEAD = re.compile(r"data:[^,]{0,255};base64,", re.IGNORECASE)
PIECE = 1 << 20
WRONG_FORM = "a data URL of a picture reads data:image/png;base64, and then the file in base64, without white space"


def decode(url: str, max_bytes: int) -> bytes:
    """The bytes in a data URL.

    Raises:
        InvalidArguments: it is not one of base64, or holds too much.
    """
    head = HEAD.match(url)
    if head is None:
        raise InvalidArguments(WRONG_FORM)
    return _bytes(url, head.end(), max_bytes)


def picture_in(result: ToolResult, max_bytes: int) -> bytes:
    """The first picture or file that a resource answered with.

    Raises:
        InvalidArguments: there is none, or it is too large.
    """
    for block in result.content:
        match block:
            case ImageContent(data=text) | EmbeddedResource(resource=BlobResourceContents(blob=text)):
                return _bytes(text, 0, max_bytes)
    raise InvalidArguments("that resource holds no picture; name one that does")


def _bytes(text: str, start: int, max_bytes: int) -> bytes:
    if (len(text) - start) // 4 * 3 > max_bytes + 2:
        raise InvalidArguments(f"the picture is larger than {max_bytes} bytes; send a smaller one")
    try:
        file = io.BytesIO()
        file.writelines(_pieces(text, start))
        # The bytes that were written themselves, not a copy.
        return file.getvalue()
    except ValueError:
        raise InvalidArguments(WRONG_FORM) from None


def _pieces(text: str, start: int) -> Iterator[bytes]:
    """The bytes, a piece at a time: decoding all at once would hold up other threads for 100 ms."""
    for at in range(start, len(text), PIECE):
        piece = text[at : at + PIECE]
        # Padding ends a text, and is two signs at most; Python is less strict.
        if piece.endswith("===") or (piece.endswith("=") and at + PIECE < len(text)):
            raise ValueError
        yield base64.b64decode(piece, validate=True)
