"""Reads the labelled development set: texts, and where in them something personal stands.

One text a line: `{TYPE|value}` is personal, everything else is not, `⏎` is a
line break. A line that begins with `# ` is a comment.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from toolpost.middleware.pii import TYPES, Span

MARK = re.compile(r"\{(" + "|".join(TYPES) + r")\|(.*?)\}(?!\})", re.DOTALL)
FILES = sorted(Path(__file__).with_name("corpus").glob("*.txt"))


def examples() -> Iterator[tuple[str, list[Span]]]:
    for file in FILES:
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line and not line.startswith("# "):
                yield unmarked(line.replace("⏎", "\n"))


def unmarked(line: str) -> tuple[str, list[Span]]:
    text, found, done = "", [], 0
    for match in MARK.finditer(line):
        text += line[done : match.start()]
        found.append(Span(len(text), len(text) + len(match[2]), match[1]))
        text, done = text + match[2], match.end()
    return text + line[done:], found


def outcome(find: Callable[[str], Sequence[Span]]) -> dict[str, Counter[str]]:
    """For each type how many were `right`, `missed` and `invented`."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in TYPES}
    for text, labelled in examples():
        found, wanted = set(find(text)), set(labelled)
        for span in found | wanted:
            kind = "right" if span in found & wanted else "missed" if span in wanted else "invented"
            counts[span.type][kind] += 1
    return counts


def rates(counts: Counter[str]) -> tuple[float, float]:
    """Recall and precision."""
    right = counts["right"]
    return right / max(1, right + counts["missed"]), right / max(1, right + counts["invented"])
