"""Small previews for the page, made once and remembered for a while."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import anyio

from toolpost_gallery.collection import Collection
from toolpost_gallery.entry import Entry
from toolpost_gallery.preview import Previews
from toolpost_pictures import Picture, Pictures

# Pixels of the longer side, bytes of each, and of all that are remembered.
SIDE, EACH, ALL = 512, 64 * 1024, 16 * 1024 * 1024


@dataclass
class Thumbnails:
    """Makes a few at a time: originals are large, and a page asks for many at once."""

    collection: Collection
    pictures: Pictures
    _known: OrderedDict[str, Picture] = field(default_factory=OrderedDict, init=False)
    _bytes: int = field(default=0, init=False)
    _turns: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2), init=False)

    async def of(self, entry: Entry) -> Picture | None:
        """The preview of a picture; None where the original cannot be had."""
        if (known := self._recall(entry)) is not None:
            return known
        async with self._turns:
            # Whoever waited may find that another has made it meanwhile.
            if (known := self._recall(entry)) is not None:
                return known
            made = await self._made(entry)
        if made is not None:
            self._remember(entry, made)
        return made

    async def _made(self, entry: Entry) -> Picture | None:
        content = await self.collection.content(entry)
        if content is None:
            return None
        original = Picture(content, entry.mime_type, entry.width, entry.height)
        return (await Previews(self.pictures, EACH, SIDE).fit([original], EACH))[0]

    def _recall(self, entry: Entry) -> Picture | None:
        known = self._known.get(entry.handle)
        if known is not None:
            self._known.move_to_end(entry.handle)
        return known

    def _remember(self, entry: Entry, made: Picture) -> None:
        if entry.handle not in self._known:
            self._known[entry.handle] = made
            self._bytes += len(made.data)
        while self._bytes > ALL:
            _, oldest = self._known.popitem(last=False)
            self._bytes -= len(oldest.data)
