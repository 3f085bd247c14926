"""Books, and where they are kept."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from toolpost import Space


@dataclass(frozen=True)
class Book:
    """A book; `name` is how addresses name it."""

    name: str
    title: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        """What stands between empty lines."""
        return [part.strip() for part in re.split(r"\n\s*\n", self.text) if part.strip()]


def named(title: str) -> str:
    """The name of a title: its letters and digits, in lower case, with dashes between; never empty."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-") or "untitled"


class Shelf:
    """Books in the store, which outlive this process."""

    def __init__(self, space: Space) -> None:
        self._space = space

    async def put(self, book: Book) -> bool:
        """Keep a book; False where there is one of that name."""
        return await self._space.add(book.name, json.dumps(asdict(book)).encode())

    async def books(self) -> AsyncIterator[Book]:
        """All books, by name."""
        async for _, value in self._space.items():
            yield Book(**json.loads(value))
