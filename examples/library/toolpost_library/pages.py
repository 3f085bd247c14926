"""The routes: books over plain HTTP, behind the same authentication as all else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toolpost import Route, UnknownTool
from toolpost_library.books import Book


@dataclass(frozen=True)
class Listed:
    """A book in a list."""

    name: str
    title: str
    paragraphs: int


class Pages:
    """Answers for a collection of books."""

    def __init__(self, books: Mapping[str, Book]) -> None:
        self._books = books

    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route("/library", self.books, summary="The books of the library"),
            Route("/library/{name}", self.paragraphs, summary="The paragraphs of a book"),
        ]

    async def books(self, begins: str = "") -> list[Listed]:
        """List the books, of those whose name begins so."""
        return [
            Listed(book.name, book.title, len(book.paragraphs))
            for book in self._books.values()
            if book.name.startswith(begins)
        ]

    async def paragraphs(self, name: str) -> list[str]:
        """Show a book."""
        if name not in self._books:
            raise UnknownTool.among("book", name, self._books)
        return self._books[name].paragraphs
