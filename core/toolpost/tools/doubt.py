"""What a plugin or layer doubts of its settings: the richer answer to `doubts`."""

from __future__ import annotations

from typing import Self


class Doubt(str):
    """A sentence on what is probably not meant as it stands, or, as a `note`, on what only shows when toolpost runs.

    `cause` is the path of the setting that it is about, such as `("rules", 1)`
    for the second table of a list. A plugin with nothing of that to say
    answers a plain text.
    """

    cause: tuple[str | int, ...]
    note: bool

    def __new__(cls, text: str, cause: tuple[str | int, ...] = (), *, note: bool = False) -> Self:
        self = super().__new__(cls, text)
        self.cause, self.note = cause, note
        return self
