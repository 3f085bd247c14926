"""Text that is sent bit by bit: held back only as long as it could still become something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

from toolpost.middleware.injection.hidden import ANY, CALM, EMOJI, ESCAPE, ESCAPES, pattern, strip
from toolpost.middleware.injection.marking import Mark

INTRODUCER = f"[{''.join(sorted(ESCAPES))}]"
STRINGS = "\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f]"
TERMINATED = "[^\x07\x1b\x9c\x90\x98\x9d-\x9f]*(?:\x07|\x1b\\\\|\x9c)"
# A character that nothing invisible before or after it belongs to, as far as spelling goes.
PLAIN = f"(?!{ANY})[^0-9#*\u20e3{EMOJI}]"
LONGEST = 4200
# Of all others, those that are not plain: they may be the beginning of an emoji.
SPELT = frozenset("0123456789#*")
# How far back a rule looks from the end of what has come.
REACH = 600


class Passage:
    """Strips a text in pieces as a whole text would be, flags it, and sets marks around it.

    `classes` gives the classes of a text, `decide` hears of them once each
    and may refuse, `done` hears what was stripped.
    """

    def __init__(
        self,
        classes: Callable[[str], Collection[str]],
        decide: Callable[[Collection[str]], None],
        done: Callable[[Counter[str]], None],
        mark: Mark | None,
    ) -> None:
        self._classes, self._decide, self._done, self._mark = classes, decide, done, mark
        self._held = self._seen = ""
        self._opened = False
        self._known: set[str] = set()
        self._stripped: Counter[str] = Counter()

    def feed(self, text: str) -> str:
        """What is certain by now."""
        self._held += text
        cut = _certain(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._out(ready)

    def end(self) -> str:
        """The rest."""
        rest = self._out(self._held)
        self._held = ""
        if self._stripped:
            self._done(self._stripped)
        return f"{rest}\n{self._mark.closing}" if self._mark and self._opened else rest

    def _out(self, text: str) -> str:
        clean, counts = strip(text)
        if counts:
            self._stripped += counts
        if not clean:
            return ""
        self._seen = self._seen[-REACH:] + clean
        if fresh := set(self._classes(self._seen)) - self._known:
            self._known |= fresh
            self._decide(fresh)
        if self._mark is None or self._opened:
            return clean
        self._opened = True
        return f"{self._mark.opening}\n{clean}"


def _certain(text: str) -> int:
    """How much of a text nothing that follows can change."""
    if pattern(CALM).fullmatch(text):
        return _calm(text)
    end, position, introducers, plain = len(text), 0, pattern(INTRODUCER), pattern(PLAIN)
    while found := introducers.search(text, position):
        escape = _whole(text, found.start())
        if escape is None and len(text) - found.start() < LONGEST:
            end = found.start()
            break
        position = escape or found.start() + 1
    # One plain character after another, and no escape around them: nothing reaches across.
    for cut in range(end - 1, position, -1):
        if plain.match(text[cut]) and plain.match(text[cut - 1]):
            return cut
    return 0 if len(text) < LONGEST else end


def _calm(text: str) -> int:
    """The same for a text without anything hidden."""
    for cut in range(len(text) - 1, 0, -1):
        if text[cut] not in SPELT and text[cut - 1] not in SPELT:
            return cut
    return 0 if len(text) < LONGEST else len(text)


def _whole(text: str, start: int) -> int | None:
    """Where the escape ends that begins here; None while it may still go on."""
    if string := pattern(STRINGS).match(text, start):
        terminated = pattern(TERMINATED).match(text, string.end())
        return terminated.end() if terminated else None
    found = pattern(ESCAPE).match(text, start)
    # A lone introducer, or a control sequence without its last letter, matches as less than it is.
    complete = found is not None and found.end() - start > 1 and not pattern("\x1b\\[[0-?]*[ -/]*$").match(text, start)
    return found.end() if found and (complete or text[start] == "\x9b") and found.end() < len(text) else None
