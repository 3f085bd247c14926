"""The pictures that a caller wants changed, fetched and made into what the provider reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import anyio

from toolpost import Context, InvalidArguments

if TYPE_CHECKING:
    from toolpost_pictures import Picture, Pictures

READ = ("image/png", "image/webp", "image/jpeg")
PNG = "image/png"


def named(image: str | None, images: Sequence[str] | None) -> list[str]:
    """The sources, which a caller gives in one of two ways.

    Raises:
        InvalidArguments: in both ways, or in none.
    """
    if (image is None) == (images is None):
        given = "neither" if image is None else "both"
        raise InvalidArguments(f"image, images: {given} given; give exactly one of the two")
    sources = [image] if image is not None else list(images or ())
    if not sources:
        raise InvalidArguments("images: empty; give at least one picture")
    return sources


async def load(pictures: Pictures, sources: Sequence[str], most: int, context: Context) -> tuple[Picture, ...]:
    """The pictures of some sources, side by side and in their order.

    Raises:
        InvalidArguments: there are more than `most`, or one cannot be read.
    """
    if len(sources) > most:
        raise InvalidArguments(f"images: {len(sources)} given; at most {most}")
    found: dict[int, Picture] = {}
    wrong: dict[int, InvalidArguments] = {}

    async def one(place: int, source: str) -> None:
        try:
            found[place] = await readable(pictures, await pictures.load(source, context))
        except InvalidArguments as error:
            wrong[place] = error

    async with anyio.create_task_group() as tasks:
        for place, source in enumerate(sources):
            tasks.start_soon(one, place, source)
    if wrong:
        place = min(wrong)
        name = "image" if len(sources) == 1 else f"images.{place}"
        raise wrong[place].with_text(f"{name}: {wrong[place]}")
    return tuple(found[place] for place in range(len(sources)))


async def readable(pictures: Pictures, picture: Picture) -> Picture:
    """The picture in a form that every provider reads: a GIF becomes a PNG."""
    return picture if picture.mime_type in READ else await pictures.convert(picture, PNG)


async def mask_of(pictures: Pictures, source: str, context: Context) -> Picture:
    """The mask of a source, as the PNG that providers want.

    Raises:
        InvalidArguments: it cannot be read.
    """
    try:
        mask = await pictures.load(source, context)
        return mask if mask.mime_type == PNG else await pictures.convert(mask, PNG)
    except InvalidArguments as error:
        raise error.with_text(f"mask: {error}") from None
