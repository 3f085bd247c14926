"""Official numbers of all kinds: one pass finds what is written like one, then words and check digits decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any, NamedTuple

from toolpost.middleware.pii.compiled import longest
from toolpost.middleware.pii.phrase import Phrase
from toolpost.middleware.pii.rule import Rule, Span, judged
from toolpost.middleware.pii.shadow import Shadow

Check = Callable[[str], bool]
BEFORE, AFTER = 40, 20
# What a number is called that is nobody's, right in front of it.
OTHERWISE = Phrase(
    r"\border|\binvoice|\bisbn|\bticket|\btrack(?:ing)?|\bserial|\bsku|\bpart|\bparcel|\bshipment|\bbatch|\blot|\bean"
    r"|\bupc|\bimei|\bbuild|\bcommit|\btel|\bphone|\bfax|\bmobile|\bawb|\bfedex|\bups|\brechnung|\bbestell[a-z]*",
    r"[ \-]?(?:number|num|no|nr|code|id)?[.:#]{0,2}\s?#?\z",
    BEFORE,
)
SHAPES = bytes.maketrans((digits + ascii_lowercase + ascii_uppercase).encode(), b"9" * 10 + b"a" * 26 + b"A" * 26)
PLAIN = frozenset((digits + ascii_lowercase + ascii_uppercase).encode())
RUN = re.compile(r"9+|A+|.")
GOES_ON = re.compile(r"[0-9A-Za-z_]|[-./,:][0-9]")
PART_OF_WORD = re.compile(r"(?<=[0-9A-Za-z][.,/\-+:])")
# More digits that stand next to a number, a space away.
BEFORE_DIGITS, BEHIND_DIGITS = re.compile(" [0-9]"), re.compile("(?<=[0-9] )")


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


class Form(NamedTuple):
    """The numbers that are written alike: those that speak for themselves, and the indices of those that need words."""

    sure: list[Number]
    named: list[int]


@dataclass(frozen=True, eq=False)
class Numbers:
    """Finds the numbers of a table."""

    table: tuple[Number, ...]

    def find(self, page: Shadow) -> Iterator[Span]:
        """The numbers on a page."""
        called, text, raw = self._spoken(page.utf8), page.text, page.raw
        forms: dict[bytes, Form] = {}

        def judge(page: Shadow, start: int, end: int) -> Span | None:
            start += raw[start] not in PLAIN
            shape = raw[start:end].translate(SHAPES)
            if (form := forms.get(shape)) is None:
                form = forms[shape] = self._form(shape.decode("latin-1"), called)
            if not (form.sure or form.named) or _adjoins(text, start, end):
                return None
            type_ = self._sure_type(page, start, end, form) or self._named_type(page, start, end, form)
            return Span(start, end, type_) if type_ else None

        return judged(longest(self._sources[bool(called)]), page, judge)

    def _sure_type(self, page: Shadow, start: int, end: int, form: Form) -> str | None:
        if not form.sure or BEFORE_DIGITS.match(page.text, end) or BEHIND_DIGITS.match(page.text, start):
            return None
        written = page.text[start:end]
        right = next((number.type for number in form.sure if page.once(number.check, written)), None)
        return right if right and not OTHERWISE.precedes(page, start) else None

    def _named_type(self, page: Shadow, start: int, end: int, form: Form) -> str | None:
        if not form.named or not (near := self._near(page, start, end).intersection(form.named)):
            return None
        written = page.text[start:end].upper()
        right = (index for index in form.named if index in near and page.once(self.table[index].check, written))
        return self.table[index].type if (index := next(right, -1)) >= 0 else None

    def _near(self, page: Shadow, start: int, end: int) -> frozenset[int]:
        """The numbers whose words stand near a place."""
        around = f"{page.before(start, BEFORE)}\n{page.after(end, AFTER)}"
        near = self._spoken(around.encode("utf-8", "replace"))
        return frozenset() if near and OTHERWISE.precedes(page, start) else near

    def _spoken(self, utf8: bytes) -> frozenset[int]:
        return frozenset(self._speakers[index] for index in self._words.Match(utf8) or ())

    def _form(self, shape: str, called: frozenset[int]) -> Form:
        """The numbers of a shape: those that speak for themselves, and those whose words are on the page."""
        named = [index for index in self._named.get(shape.upper(), ()) if index in called]
        return Form([] if "a" in shape else self._sure.get(shape, []), named)

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
        return _is_valid(module)(written)

    return check


@cache
def _is_valid(module: str) -> Check:
    valid: Check = import_module(f"stdnum.{module}").is_valid
    return valid


def source(shape: str) -> str:
    """The pattern of a shape."""
    return "".join(map(_source, RUN.findall(shape)))


def _source(run: str) -> str:
    if run[0] not in "9A":
        return re.escape(run)
    letters = "[0-9]" if run[0] == "9" else "[A-Za-z]"
    return letters + (f"{{{len(run)}}}" if len(run) > 1 else "")


def _adjoins(text: str, start: int, end: int) -> bool:
    """Whether the number is only a part of a longer word or number."""
    return GOES_ON.match(text, end) is not None or PART_OF_WORD.match(text, start) is not None


def by_types(table: Sequence[Number], types: frozenset[str]) -> Numbers:
    """The numbers of these types."""
    return Numbers(tuple(number for number in table if number.type in types))
