"""What of a result can be sent where all of it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from pydantic_core import to_json

from toolpost.errors import ToolError
from toolpost.middleware.size.cutting import Cut, cut, joined
from toolpost.middleware.size.finds import Finds
from toolpost.middleware.size.measure import Sizes, sizes
from toolpost.middleware.size.words import Place, cut_short, left_out, refusal
from toolpost.tools.call import ToolResult
from toolpost.tools.content import blocks

META = "toolpost/size"
# Bytes for our own sentence and link, and for texts where pictures take all room: a model is to be told something.
OURS, FLOOR = 1_500, 4_096


@dataclass(frozen=True)
class Fitted:
    """What can be sent, the text to keep, and after how many characters of it a reader is to go on.

    `said` makes the sentence about it, where the place of the kept text is
    known. Without a `result` nothing can be sent.
    """

    result: ToolResult | None
    sizes: Sizes
    whole: str
    end: int
    said: Callable[[Place | None], str]

    @property
    def decision(self) -> str:
        """The word for it in the decision trace."""
        return "refused" if self.result is None else "truncated"

    def sent(self, place: Place | None) -> ToolResult:
        """The result with what there is to say of it.

        Raises:
            ToolError: nothing can be sent.
        """
        if self.result is None:
            raise ToolError(self.said(place))
        link = [place.link] if place else []
        kept = {"result": place.id, "part": place.part, "parts": place.parts} if place else {}
        meta = {**self.result.meta, META: {"bytes": self.sizes.total, **kept}}
        return replace(self.result, content=(*self.result.content, *blocks([self.said(place), *link])), meta=meta)


def fitted(result: ToolResult, limit: int, tool: str, finds: Finds | None = None, *, promised: bool) -> Fitted | None:
    """What fits of a result into so many bytes; None if all of it does.

    `promised` says that the tool has a schema, which its data must fit.
    """
    found, room = sizes(result), limit - OURS
    if found.total <= limit:
        return None
    if found.structured + FLOOR <= room:
        return _shortened(result, found, max(room - found.structured - found.rest, FLOOR), finds)
    whole = to_json(result.structured).decode()
    if promised and not result.is_error:
        return Fitted(None, found, whole, 0, partial(refusal, tool, found.structured, limit))
    fits = cut(result.content, max(room - found.rest, FLOOR), finds)
    bare = replace(result, content=fits.content, structured=None)
    return Fitted(bare, found, whole, 0, partial(left_out, found.structured))


def _shortened(result: ToolResult, found: Sizes, room: int, finds: Finds | None) -> Fitted | None:
    """With less text, if it is the text that is too much; pictures are not cut."""
    if found.texts <= room:
        return None
    fits: Cut = cut(result.content, room, finds)
    whole = joined(result.content)
    said = partial(cut_short, fits.shown, len(whole), result.structured is not None)
    return Fitted(replace(result, content=fits.content), found, whole, fits.end, said)
