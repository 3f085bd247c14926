"""What a model reads of an answer that was too long."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, Self

from toolpost.middleware.words import amount
from toolpost.tools.content import Link

URI = "toolpost://results/{id}/{part}"


class Place(NamedTuple):
    """Where the whole is kept, the part to go on with, of how many, and for how many hours."""

    id: str
    part: int
    parts: int
    hours: float

    @classmethod
    def after(cls, shown: int, id: str, ends: Sequence[int], hours: float) -> Self:
        """The place of a reader who has so many characters already, where the parts end there."""
        return cls(id, min(bisect_right(ends, shown) + 1, len(ends)), len(ends), hours)

    @property
    def way(self) -> str:
        """How to get it."""
        return f'call read_result with result="{self.id}" and part={self.part} ({self.parts} in all)'

    @property
    def link(self) -> Link:
        """The resource to go on with."""
        uri = URI.format(id=self.id, part=self.part)
        return Link(uri, f"part {self.part} of {self.parts}", "text/plain", "The answer goes on here.")


def cut_short(shown: int, total: int, has_data: bool, place: Place | None) -> str:
    """That a text was cut, how much is missing, and where it is."""
    said = f"[This answer was cut: {shown} of {total} characters are shown."
    if has_data:
        said += " Its structured content is whole."
    if place is None:
        return f"{said} The rest was not kept; ask for less.]"
    return f"{said} To read on, {place.way}, within {place.hours:g} hours; or ask for less.]"


def left_out(size: int, place: Place | None) -> str:
    """That data were left out, how large they are, and where they are."""
    said = f"[{amount(size)} of data were left out, which is too much to send."
    return f"{said} Ask for less.]" if place is None else f"{said} To read them, {place.way}; or ask for less.]"


def refusal(tool: str, size: int, limit: int, place: Place | None) -> str:
    """That data cannot be sent, why, and what to do."""
    said = (
        f"{tool} answered {amount(size)} of data, and at most {amount(limit)} can be sent; cut short, they would no "
        "longer fit their schema, so ask for less: fewer items, fewer fields, one page"
    )
    return said if place is None else f"{said}; or, to read them as text, {place.way}"
