"""Variations: at the endpoint of their own where a server still has one, else as edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost_dalle.drawn import Outcome
from toolpost_dalle.exchange import NoEndpoint
from toolpost_dalle.order import Order
from toolpost_dalle.request import Request, of_variation
from toolpost_dalle.sources import PNG
from toolpost_dalle.studio import Studio

if TYPE_CHECKING:
    from toolpost_pictures import Pictures

VARY = (
    "Draw a variation of this picture: keep its subject, style, colours and mood, and draw the composition and the "
    "details anew."
)
BY_EDITING = "this server has no endpoint for variations, so the picture was edited with a fixed instruction"


async def vary(studio: Studio, pictures: Pictures, order: Order) -> Outcome:
    """The variations of an order's one picture, at a server other than OpenAI.

    Raises:
        ToolError: there is not one picture.
    """
    picture = order.images[0]
    original = picture if picture.mime_type == PNG else await pictures.convert(picture, PNG)

    def asking(n: int, partial: int) -> Request:
        return of_variation(original, studio.painter.model, order.size, n)

    try:
        return await studio.run(asking, order.n)
    except NoEndpoint:
        outcome = await studio.draw(order)
        outcome.notes.append(BY_EDITING)
        return outcome
