"""Where personal data stands in a text: what the patterns find, and what a recogniser adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toolpost.artefacts import SCHEME
from toolpost.middleware.pii.detector import Detector
from toolpost.middleware.pii.recogniser import Recogniser
from toolpost.middleware.pii.rule import Span

# RFC 5321, section 4.5.3.1.1: a local part has at most 64 octets; these are its quotation marks besides.
QUOTED = 66


class Finder:
    """Patterns and, where there is one, a recogniser as one; may be used by many threads.

    `allowed` are values that are nobody's, in whatever case they are written.
    """

    def __init__(self, detector: Detector, recogniser: Recogniser | None = None, allowed: Iterable[str] = ()) -> None:
        self.recogniser = recogniser
        self._detector = detector
        self._allowed = frozenset(value.casefold() for value in allowed)
        self.suspects = detector.suspects if recogniser is None else _any_letter

    def find(self, text: str) -> list[Span]:
        """All that is personal in a text, in order and without overlaps."""
        found = self.patterns(text)
        if self.recogniser is None:
            return found
        recognised = (span for span in self._recognised(text, self.recogniser) if not self._is_allowed(text, span))
        return list(_added(found, sorted(recognised)))

    def patterns(self, text: str) -> list[Span]:
        """As `find`, without the recogniser."""
        found = self._detector.find(text)
        return [span for span in found if _counts(text, span) and not self._is_allowed(text, span)] if found else found

    def _is_allowed(self, text: str, span: Span) -> bool:
        return bool(self._allowed) and text[span.start : span.end].casefold() in self._allowed

    @staticmethod
    def _recognised(text: str, recogniser: Recogniser) -> Iterator[Span]:
        # By line, so that a text that comes in pieces is judged like one that comes whole.
        at = 0
        for line in text.splitlines(keepends=True):
            for start, end, type_ in recogniser.recognise(line) if _any_letter(line) else ():
                yield Span(at + start, at + end, type_)
            at += len(line)


def _counts(text: str, span: Span) -> bool:
    """Whether something found is what it seems: digits of an artefact's handle are nobody's number."""
    if span.type == "EMAIL" and text[span.start] == '"' and text.find("@", span.start, span.end) - span.start > QUOTED:
        return False
    return text[max(0, span.start - len(SCHEME)) : span.start] != SCHEME


def _added(found: list[Span], others: list[Span]) -> Iterator[Span]:
    """The findings of the patterns, and of the others those that overlap none before them."""
    merged, end = sorted([(span, 0) for span in found] + [(span, 1) for span in others]), 0
    taken = [(span.start, span.end) for span in found]
    for span, other in merged:
        if other and (span.start < end or any(a < span.end and span.start < b for a, b in taken)):
            continue
        end = max(end, span.end)
        yield span


def _any_letter(text: str) -> bool:
    return any(map(str.isalpha, text))
