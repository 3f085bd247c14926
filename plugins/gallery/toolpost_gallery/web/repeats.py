"""Orders with an `Idempotency-Key`, which are drawn once however often they are sent.

The rules are those of the Internet-Draft draft-ietf-httpapi-idempotency-key-header, but for one status: a key that
belongs to another order is a conflict too, and no fault in the order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b

import anyio
from pydantic_core import from_json, to_json
from starlette.exceptions import HTTPException

from toolpost import InvalidArguments, Refused, Unavailable, UnknownTool, canonical_digest
from toolpost_gallery.collection import Collection
from toolpost_gallery.web.shapes import Drawn, Image, Order

# Seconds that an answer is remembered, and after which an order counts as lost whose process was killed.
REMEMBERED, LOST = 86_400.0, 900.0
OF_ANOTHER = "this Idempotency-Key belongs to another order; take a new one for each"
UNDER_WAY = "this order is under way; send it again in a moment"
UNKNOWN = (
    "this order may have been drawn, and its answer was lost: look at the list; with a new Idempotency-Key it is "
    "drawn, and may be paid for, again"
)
# After these nothing was drawn.
NOTHING_DONE = (InvalidArguments, Refused, Unavailable, UnknownTool)


@dataclass(frozen=True)
class Repeats:
    """Remembers which pictures came of which key; the bytes and all about them are the collection's."""

    collection: Collection

    async def once(self, principal: str, key: str, order: Order, work: Callable[[], Awaitable[Drawn]]) -> Drawn:
        """What `work` gives, or what it gave before.

        A failure is forgotten where nothing was drawn. After any other, and
        after a caller who left, the order may have been carried out: its key
        is taken until it counts as lost.

        Raises:
            HTTPException: 409, the order is under way or may have been drawn, or the key belongs to another.
        """
        space, place = self.collection.space, place_of(principal, key)
        wanted = canonical_digest(order.arguments).hex()
        if not await space.add(place, to_json({"order": wanted}), LOST):
            return await self._again(principal, place, wanted)
        try:
            drawn = await work()
        except NOTHING_DONE:
            with anyio.CancelScope(shield=True), suppress(Unavailable):
                await space.delete(place)
            raise
        except BaseException:
            with anyio.CancelScope(shield=True), suppress(Unavailable):
                await space.set(place, to_json({"order": wanted, "unknown": True}), LOST)
            raise
        # It has been paid for, so it is given to its caller whatever becomes of the key.
        with suppress(Unavailable):
            await self._remember(place, wanted, drawn)
        return drawn

    async def _remember(self, place: str, wanted: str, drawn: Drawn) -> None:
        # What is in this answer alone would be missing in a later one: such an order is made anew.
        if drawn.unkept:
            await self.collection.space.delete(place)
            return
        known = {"order": wanted, "notes": drawn.notes, "cost": drawn.cost_usd}
        remembered = to_json({**known, "images": [one.id for one in drawn.images]})
        await self.collection.space.set(place, remembered, REMEMBERED)

    async def _again(self, principal: str, place: str, wanted: str) -> Drawn:
        known = from_json(await self.collection.space.get(place) or b"{}")
        if known.get("order", wanted) != wanted:
            raise HTTPException(409, OF_ANOTHER)
        if known.get("unknown"):
            raise HTTPException(409, UNKNOWN)
        if "images" not in known:
            raise HTTPException(409, UNDER_WAY, {"Retry-After": "2"})
        found = [await self.collection.find(principal, id) for id in known["images"]]
        images = [Image.of(entry) for entry in found if entry]
        return replace(Drawn(images, known["notes"], known["cost"]), replayed=True)


def place_of(principal: str, key: str) -> str:
    """Where a principal's key is remembered, whatever letters both have."""
    return f"order:{blake2b(to_json([principal, key]), digest_size=16).hexdigest()}"
