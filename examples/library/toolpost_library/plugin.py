"""The plugin: tools, resources, prompts and routes around one collection of books."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated

import anyio.to_thread
from pydantic import Field

from toolpost import Changes, Context, InvalidArguments, Link, Prompt, Resource, Route, Store, Tool, hookimpl
from toolpost_library.books import Book, Shelf, named
from toolpost_library.pages import Pages
from toolpost_library.words import counted

ANGLES = ("the people in it", "the place and the time", "how it is told", "what it leaves out")


@dataclass
class Library:
    """Keeps books to be read, searched and discussed."""

    store: Store
    changes: Changes
    most_books: Annotated[int, Field(ge=1, description="How many books are kept at most.")] = 1000
    _books: dict[str, Book] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.store.space("library"))

    @hookimpl
    def tools(self) -> list[Tool]:
        """What models may call."""
        return [
            Tool(self.add_book, destructive=False, idempotent=False, open_world=False),
            Tool(self.find_passages, read_only=True, open_world=False),
            # A count may take minutes: clients that can come back for the result need not wait.
            Tool(self.count_words, read_only=True, open_world=False, timeout=600.0),
        ]

    @hookimpl
    def resources(self) -> list[Resource]:
        """A resource for each book, asked for again when one is added, and a template for the paragraphs of all."""
        paragraph = Resource(
            "library://{book}/{number}",
            self.paragraph,
            mime_type="text/plain",
            complete={"book": self.names, "number": self.numbers},
        )
        return [paragraph, *(_resource(book) for book in self._books.values())]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        """Conversations to start with."""
        return [Prompt(self.discuss_book, title="Discuss a book", complete={"book": self.names, "angle": ANGLES})]

    @hookimpl
    def routes(self) -> list[Route]:
        """What people and programs see over HTTP."""
        return Pages(self._books).routes()

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Read the shelf before the first call."""
        async for book in self._shelf.books():
            self._books[book.name] = book
        await self.changes.resources(self)
        yield

    async def add_book(self, title: str, text: str) -> list[Link | str]:
        """Put a book into the library, where it can be read, searched and discussed from then on.

        Args:
            title: The title of the book.
            text: The whole text; empty lines divide paragraphs.
        """
        if len(self._books) >= self.most_books:
            raise InvalidArguments(f"the library is full: it keeps {self.most_books} books")
        book = Book(named(title), title, text)
        if not await self._shelf.put(book):
            raise InvalidArguments(f"there is a book called {book.name!r} already; give another title")
        self._books[book.name] = book
        await self.changes.resources(self)
        return [f"added {title!r}", Link(f"library://{book.name}", title, "text/plain")]

    async def find_passages(self, words: str, most: Annotated[int, Field(ge=1, le=50)] = 5) -> list[str]:
        """Find paragraphs that contain some words.

        Args:
            words: What to look for, as it stands in the text; upper and lower case are alike.
            most: How many paragraphs to return at most.
        """
        wanted = words.casefold()
        found = (
            f"{book.title}: {text}"
            for book in self._books.values()
            for text in book.paragraphs
            if wanted in text.casefold()
        )
        return [text for _, text in zip(range(most), found, strict=False)]

    async def count_words(self, context: Context, most: Annotated[int, Field(ge=1, le=1000)] = 10) -> dict[str, int]:
        """Count the words of all books, and tell which are the most frequent. This takes a while.

        Args:
            most: How many words to return.
        """
        total: Counter[str] = Counter()
        # A copy: books may be added meanwhile.
        books = list(self._books.values())
        for number, book in enumerate(books):
            await context.progress(number, len(books), book.title)
            # In a thread, since it is work for the processor. If the caller goes away, the loop ends here:
            # nothing was changed, so there is nothing to put right.
            total += await anyio.to_thread.run_sync(counted, book.text)
        await context.progress(len(books), len(books), "done")
        return dict(total.most_common(most))

    async def paragraph(self, book: str, number: str) -> str:
        """One paragraph of a book, counted from 1."""
        paragraphs = self._book(book).paragraphs
        if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(paragraphs):
            raise InvalidArguments(f"{book} has the paragraphs 1 to {len(paragraphs)}")
        return paragraphs[int(number) - 1]

    async def discuss_book(self, book: str, angle: str = ANGLES[0]) -> str:
        """Begin a conversation about a book of the library.

        Args:
            book: The name of the book.
            angle: What to talk about.
        """
        found = self._book(book)
        return f"Let us talk about {found.title!r}: {angle}. Read library://{found.name} first, and quote from it."

    def names(self, typed: str) -> list[str]:
        """Suggest names of books."""
        return [name for name in self._books if name.startswith(typed.casefold())]

    def numbers(self, typed: str, arguments: dict[str, str]) -> list[str]:
        """Suggest numbers of paragraphs, once the book is known."""
        book = self._books.get(arguments.get("book", ""))
        numbers = [str(number) for number in range(1, len(book.paragraphs) + 1)] if book else []
        return [number for number in numbers if number.startswith(typed)]

    def _book(self, name: str) -> Book:
        if name not in self._books:
            raise InvalidArguments(f"there is no book called {name[:60]!r}")
        return self._books[name]


def _resource(book: Book) -> Resource:
    async def text() -> str:
        """A book of the library."""
        return book.text

    return Resource(f"library://{book.name}", text, name=book.name, title=book.title, mime_type="text/plain")
