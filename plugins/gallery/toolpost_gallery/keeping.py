"""Keeping the pictures of a result, and counting those that could not be kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from toolpost import ToolCall, ToolResult, Unavailable
from toolpost_gallery.collection import Collection
from toolpost_gallery.entry import Entry
from toolpost_gallery.found import Found, look
from toolpost_gallery.sidecar import describe
from toolpost_pictures import Pictures

log = logging.getLogger("toolpost.gallery")


@dataclass
class Keeping:
    """Keeps pictures; `failures` counts those that were lost to a full disk, since this host began."""

    collection: Collection
    pictures: Pictures
    failures: int = 0

    async def all(self, found: Sequence[Found], call: ToolCall, result: ToolResult) -> list[Found]:
        """The pictures of a result, looked at and kept, or with why they are not."""
        now = self.collection.clock()
        kept: list[Found] = []
        for number, item in enumerate([await look(item, self.pictures) for item in found], 1):
            if item.picture is not None:
                # The pictures of one result stay in their order where the newest come first.
                entry = describe(item.picture, item.said, call, result, now - number / 1e6, number, len(found))
                item = replace(item, entry=await self._kept(entry, item.picture.data, call))
            kept.append(item)
        return kept

    async def _kept(self, entry: Entry, content: bytes, call: ToolCall) -> Entry:
        """The entry with a handle, if it could be kept."""
        try:
            return await self.collection.keep(entry, content)
        except Unavailable as error:
            self.failures += 1
            log.error("a picture of %s was not kept: %s", call.tool.name, error)
            return entry
