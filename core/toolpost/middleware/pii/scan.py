"""What is found in files: place, type and a masked excerpt, line by line, however large they are."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from toolpost.middleware.pii.cutting import Cutter, Piece
from toolpost.middleware.pii.finding import Finder
from toolpost.middleware.pii.rule import Span

BLOCK = 1 << 20
HEAD = 8_192
# Characters of the line that are shown on either side of what was found.
AROUND = 30
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Binary(Exception):
    """The file holds no text."""


@dataclass(frozen=True)
class Found:
    """One finding: `line` and `column` count from 1, the excerpt has all values of its line masked."""

    line: int
    column: int
    type: str
    excerpt: str
    value: str


def scan(file: BinaryIO, finder: Finder, types: Collection[str] = ()) -> Iterator[Found]:
    """All that is personal in a file; only some types, if they are given.

    Raises:
        Binary: the file is no text.
    """
    lines = _Lines()
    for piece in _pieces(_decoded(file), finder):
        offset = len(piece.before)
        spans = [span for span in finder.find("".join(piece)) if offset <= span.start < offset + len(piece.text)]
        own = [Span(span.start - offset, span.end - offset, span.type) for span in spans]
        yield from (found for found in lines.found(piece.text, own) if not types or found.type in types)
        lines.pass_over(piece.text)


def _decoded(file: BinaryIO) -> Iterator[str]:
    """The text of a file in blocks; what is no UTF-8 is read as far as it is."""
    block = file.read(BLOCK)
    encoding = next((name for mark, name in MARKS if block.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\0" in block[:HEAD]:
        raise Binary
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while block:
        yield decoder.decode(block)
        block = file.read(BLOCK)
    yield decoder.decode(b"", final=True)


def _pieces(blocks: Iterable[str], finder: Finder) -> Iterator[Piece]:
    cutter = Cutter(finder.find, lines=finder.recogniser is not None)
    for block in blocks:
        yield from cutter.feed(block)
    yield cutter.end()


class _Lines:
    """Counts lines and columns on the way through a text."""

    def __init__(self) -> None:
        self._line = 1
        self._column = 1

    def found(self, text: str, spans: list[Span]) -> Iterator[Found]:
        """The findings of a piece that begins where the last one ended."""
        line, begin = self._line, 0
        for number, span in enumerate(spans):
            line += text.count("\n", begin, span.start)
            begin = span.start
            start = text.rfind("\n", 0, span.start) + 1
            column = span.start - start + (1 if start else self._column)
            yield Found(line, column, span.type, _excerpt(text, spans, number), text[span.start : span.end])

    def pass_over(self, text: str) -> None:
        """Count a piece that is done."""
        self._line += text.count("\n")
        self._column = len(text) - text.rfind("\n") if "\n" in text else self._column + len(text)


def _excerpt(text: str, spans: list[Span], number: int) -> str:
    """The surroundings of a finding on its line, with everything found in them masked."""
    at = spans[number]
    start = max(text.rfind("\n", 0, at.start) + 1, at.start - AROUND)
    stop = min(_line_end(text, at.end), at.end + AROUND)
    near = [span for span in spans[max(0, number - AROUND) : number + AROUND] if start < span.end and span.start < stop]
    start, stop = min(start, near[0].start), max(stop, near[-1].end)
    pieces, done = [], start
    for span in near:
        pieces += [text[done : span.start], f"[{span.type}]"]
        done = span.end
    return "".join([*pieces, text[done:stop]]).strip()


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
