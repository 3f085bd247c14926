"""Reads the labelled development set: texts, and where in them something personal stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from toolpost.middleware.pii import TYPES, Span

MARK = re.compile(r"\{(" + "|".join(TYPES) + r")\|(.*?)\}")
FILE = Path(__file__).with_name("labelled.txt")


def examples() -> Iterator[tuple[str, list[Span]]]:
    for line in FILE.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("# "):
            yield unmarked(line)


def unmarked(line: str) -> tuple[str, list[Span]]:
    text, found, done = "", [], 0
    for match in MARK.finditer(line):
        text += line[done : match.start()]
        found.append(Span(len(text), len(text) + len(match[2]), match[1]))
        text, done = text + match[2], match.end()
    return text + line[done:], found
