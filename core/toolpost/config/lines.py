"""Where a table or key stands in the text of a TOML file: parsers of TOML keep no positions."""

from __future__ import annotations

import re

PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
PATH = rf"{PART}(?:\s*\.\s*{PART})*"
HEADER = re.compile(rf"\s*\[\[?\s*({PATH})\s*\]")
ENTRY = re.compile(rf"\s*({PATH})\s*=")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """The line that names this path; else the line of the nearest thing around it, None where there is none."""
    best, found = 0, None
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if header := HEADER.match(line):
            here = table = _parts(header[1])
        elif entry := ENTRY.match(line):
            here = table + _parts(entry[1])
        else:
            continue
        depth = min(len(here), len(path))
        if here[:depth] == path[:depth] and depth > best:
            best, found = depth, number
    return found


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(PART, path))
