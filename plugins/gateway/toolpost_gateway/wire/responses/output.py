"""What an answer holds so far, and the events that tell of it, numbered in one row."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

JSONObject = dict[str, Any]


class Output:
    """Items in their order; `said` are the events that have not been taken yet."""

    def __init__(self) -> None:
        self.items: list[JSONObject] = []
        self.said: list[JSONObject] = []
        self._number = 0

    def tell(self, kind: str, **more: Any) -> None:
        """Add an event."""
        self.said.append({"type": kind, "sequence_number": self._number, **more})
        self._number += 1

    def add(self, item: JSONObject) -> int:
        """Add an item that is not complete, and say so; its place."""
        place = len(self.items)
        self.items.append(item)
        self.tell("response.output_item.added", output_index=place, item=item)
        return place

    def done(self, place: int, item: JSONObject) -> None:
        """Put the complete item, and say so."""
        self.items[place] = item
        self.tell("response.output_item.done", output_index=place, item=item)

    def taken(self) -> list[JSONObject]:
        """The events since the last time."""
        said, self.said = self.said, []
        return said


def fresh(kind: str) -> str:
    """The name of something new."""
    return f"{kind}_{token_hex(16)}"
