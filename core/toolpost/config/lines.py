"""Where a table or key stands in the text of a TOML file: parsers of TOML keep no positions."""

from __future__ import annotations

import re
from functools import lru_cache

PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
PATH = rf"{PART}(?:\s*\.\s*{PART})*"
HEADER = re.compile(rf"\s*\[\[?\s*({PATH})\s*\]")
ENTRY = re.compile(rf"\s*({PATH})\s*=")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line that names this path; else the line of the nearest thing around it, None where there is none."""
    below, exact = _named(text)
    if path in below:
        return below[path]
    return next((exact[path[:depth]] for depth in range(len(path), 0, -1) if path[:depth] in exact), None)


@lru_cache(maxsize=4)
def _named(text: str) -> tuple[dict[tuple[str, ...], int], dict[tuple[str, ...], int]]:
    """The first line of each path that is named: with all that is below it, and itself alone."""
    below: dict[tuple[str, ...], int] = {}
    exact: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := HEADER.match(line):
            here = table = _parts(header[1])
        elif entry := ENTRY.match(line):
            here = table + _parts(entry[1])
        else:
            continue
        exact.setdefault(here, number)
        for depth in range(1, len(here) + 1):
            below.setdefault(here[:depth], number)
    return below, exact


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(PART, path))
