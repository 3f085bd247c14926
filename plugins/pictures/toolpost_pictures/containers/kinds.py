"""Which format a file has, from its first bytes."""

from __future__ import annotations

import re
from collections.abc import Callable

from toolpost import InvalidArguments
from toolpost_pictures.containers import gif, jpeg, png, webp
from toolpost_pictures.containers.essence import Damaged, Essence
from toolpost_pictures.picture import DAMAGED

KINDS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Essence]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), png.essence),
    (re.compile(rb"\xff\xd8\xff"), jpeg.essence),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), webp.essence),
    (re.compile(rb"GIF8[79]a"), gif.essence),
)
# Decoders keep a pointer for each row.
LONGEST_SIDE = 65_535
SVG = re.compile(rb"\s*(\xef\xbb\xbf)?\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)", re.IGNORECASE)
OTHERS = (
    (re.compile(rb"BM"), "a BMP"),
    (re.compile(rb"II\*\0|MM\0\*|II\+\0|MM\0\+"), "a TIFF"),
    (re.compile(rb"....ftyp(avif|avis)", re.DOTALL), "an AVIF"),
    (re.compile(rb"....ftyp(hei|hev|mif1|msf1)", re.DOTALL), "a HEIC"),
    (re.compile(rb"%PDF"), "a PDF"),
)


def essence_of(data: bytes, max_pixels: int) -> Essence:
    """What of a file its first picture needs.

    Raises:
        InvalidArguments: it is no PNG, JPEG, WebP or GIF, is damaged, or has too many pixels.
    """
    for signature, essence in KINDS:
        if signature.match(data):
            return _checked(essence, data, max_pixels)
    raise InvalidArguments(_unknown(data))


def _checked(essence: Callable[[bytes], Essence], data: bytes, max_pixels: int) -> Essence:
    try:
        found = essence(data)
    except Damaged:
        raise InvalidArguments(DAMAGED) from None
    if not found.width or not found.height:
        raise InvalidArguments(DAMAGED)
    if found.width * found.height > max_pixels or max(found.width, found.height) > LONGEST_SIDE:
        raise InvalidArguments(
            f"the picture has {found.width} × {found.height} pixels, and at most {max_pixels} are read, "
            f"{LONGEST_SIDE} in a row; send a smaller one"
        )
    return found


def _unknown(data: bytes) -> str:
    start = data[:256]
    if SVG.match(start):
        return "SVG is a document, not a picture that can be read safely; send it as a PNG"
    for signature, name in OTHERS:
        if signature.match(start):
            return f"this is {name} file; send the picture as PNG, JPEG, WebP or GIF"
    return "this is not a picture; send a PNG, JPEG, WebP or GIF file"
