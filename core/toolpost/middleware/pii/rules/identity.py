"""Official numbers of all kinds: one pass finds what is written like one, then words and check digits decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any

from toolpost.middleware.pii.rule import Rule, Span, follows, judged, longest
from toolpost.middleware.pii.shadow import Shadow

Check = Callable[[str], bool]
BEFORE, AFTER = 40, 20
# What a number is called that is nobody's, right in front of it.
OTHERWISE = (
    r"(?:\border|\binvoice|\bisbn|\bticket|\btrack(?:ing)?|\bserial|\bsku|\bpart|\bparcel|\bshipment|\bbatch|\blot|\bean"
    r"|\bupc|\bimei|\bbuild|\bcommit|\btel|\bphone|\bfax|\bmobile|\bawb|\bfedex|\bups|\brechnung|\bbestell[a-z]*)"
    r"[ \-]?(?:number|num|no|nr|code|id)?[.:#]{0,2}\s?#?\z"
)
SHAPES = bytes.maketrans((digits + ascii_lowercase + ascii_uppercase).encode(), b"9" * 10 + b"a" * 26 + b"A" * 26)
PLAIN = frozenset((digits + ascii_lowercase + ascii_uppercase).encode())
RUN = re.compile(r"9+|A+|.")


@dataclass(frozen=True)
class Number:
    """One kind of number: how it is written, what people call it, and how it is checked.

    In a shape `9` is a digit, `A` a letter, and all else stands for itself.
    A number of a `sure` shape speaks for itself; one of a `named` shape counts
    only near the `words`, an RE2 pattern.
    """

    type: str
    check: Check
    sure: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    words: str = ""


@dataclass(frozen=True, eq=False)
class Numbers:
    """Finds the numbers of a table."""

    table: tuple[Number, ...]

    def find(self, page: Shadow) -> Iterator[Span]:
        """The numbers on a page."""
        return judged(longest(self._sources[bool(self._called(page))]), page, self._judge)

    def _judge(self, page: Shadow, start: int, end: int) -> Span | None:
        start += page.raw[start] not in PLAIN
        sure, named = page.once(self._written, page.raw[start:end].translate(SHAPES), self._called(page))
        if not (sure or named) or _adjoins(page, start, end):
            return None
        written = page.text[start:end]
        if sure and not _is_part(page, start, end):
            for number in sure:
                if number.check(written) and not follows(OTHERWISE, page.before(start, 24)):
                    return Span(start, end, number.type)
        near = self._near(page, start, end) if named else frozenset()
        for index in named:
            if index in near and self.table[index].check(written.upper()):
                return Span(start, end, self.table[index].type)
        return None

    def _near(self, page: Shadow, start: int, end: int) -> frozenset[int]:
        """The numbers whose words stand near a place."""
        before = page.before(start, BEFORE)
        if follows(OTHERWISE, before):
            return frozenset()
        return self._spoken(f"{before}\n{page.after(end, AFTER)}".encode("utf-8", "replace"))

    def _spoken(self, utf8: bytes) -> frozenset[int]:
        return frozenset(self._speakers[index] for index in self._words.Match(utf8) or ())

    def _written(self, seen: bytes, called: frozenset[int]) -> tuple[list[Number], list[int]]:
        """The numbers that are written so: those that speak for themselves, and those whose words are on the page."""
        shape = seen.decode("latin-1")
        named = [index for index in self._named.get(shape.upper(), ()) if index in called]
        return ([] if "a" in shape else self._sure.get(shape, [])), named

    def _called(self, page: Shadow) -> frozenset[int]:
        """The numbers whose words stand somewhere on the page."""
        if "called" not in page.notes:
            page.notes["called"] = self._spoken(page.utf8)
        called: frozenset[int] = page.notes["called"]
        return called

    @cached_property
    def _speakers(self) -> list[int]:
        return [index for index, number in enumerate(self.table) if number.words]

    @cached_property
    def _words(self) -> Any:
        import re2

        options = re2.Options()
        options.case_sensitive = False
        called = re2.Set.SearchSet(options)
        for index in self._speakers:
            called.Add(self.table[index].words)
        called.Compile()
        return called

    @cached_property
    def _sure(self) -> dict[str, list[Number]]:
        shapes: dict[str, list[Number]] = {}
        for number in self.table:
            for shape in number.sure:
                shapes.setdefault(shape, []).append(number)
        return shapes

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        shapes: dict[str, list[int]] = {}
        for index, number in enumerate(self.table):
            for shape in (*number.named, *number.sure) if number.words else ():
                shapes.setdefault(shape, []).append(index)
        return shapes

    @cached_property
    def _sources(self) -> tuple[bytes, bytes]:
        """The pattern for texts without any of the words, and the one for texts with some."""
        shapes = "|".join(map(source, sorted(self._sure))), "|".join(map(source, sorted({*self._sure, *self._named})))
        without, with_words = (rb"(?:^|[^0-9A-Za-z_\xe0])(?:" + one.encode() + rb")" for one in shapes)
        return without, with_words

    def rules(self) -> tuple[Rule, ...]:
        """One rule for all; a text without a shape of the table is never looked at."""
        if not self.table:
            return ()
        shapes = "|".join(map(source, sorted({*self._sure, *self._named})))
        types = frozenset(number.type for number in self.table)
        return (Rule(types, rf"(?:^|[^0-9A-Za-z_])(?:{shapes})", self.find),)


def registered(module: str) -> Check:
    """The check of a module of python-stdnum, which is imported when a number first needs it."""

    def check(written: str) -> bool:
        valid: bool = import_module(f"stdnum.{module}").is_valid(written)
        return valid

    return check


def source(shape: str) -> str:
    """The pattern of a shape."""
    return "".join(map(_source, RUN.findall(shape)))


def _source(run: str) -> str:
    if run[0] not in "9A":
        return re.escape(run)
    letters = "[0-9]" if run[0] == "9" else "[A-Za-z]"
    return letters + (f"{{{len(run)}}}" if len(run) > 1 else "")


def _adjoins(page: Shadow, start: int, end: int) -> bool:
    """Whether the number is only a part of a longer word or number."""
    after, last = page.at(end), page.at(start - 1)
    if _is_plain(after) or after == "_" or (last and last in ".,/-+:" and _is_plain(page.at(start - 2))):
        return True
    return after != "" and after in "-./,:" and page.at(end + 1).isdigit()


def _is_part(page: Shadow, start: int, end: int) -> bool:
    """Whether more digits stand next to the number, a space away."""
    return (page.at(end) == " " and page.at(end + 1).isdigit()) or (
        page.at(start - 1) == " " and page.at(start - 2).isdigit()
    )


def _is_plain(char: str) -> bool:
    return char.isascii() and char.isalnum()


def by_types(table: Sequence[Number], types: frozenset[str]) -> Numbers:
    """The numbers of these types."""
    return Numbers(tuple(number for number in table if number.type in types))
