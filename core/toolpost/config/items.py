"""Where the tables of a list stand: the first, the second … `[[path]]` of a TOML file."""

from __future__ import annotations

import re

from toolpost.config.lines import HEADER, PART, line_of


def line_of_item(text: str, path: tuple[str, ...], index: int) -> int | None:
    """The line of the table with this index (from 0) in a list; of the list itself where it is written in line."""
    lines = (number for number, line in enumerate(text.split("\n"), 1) if _opens(line, path))
    found = [*lines]
    return found[index] if index < len(found) else line_of(text, path)


def _opens(line: str, path: tuple[str, ...]) -> bool:
    if not line.lstrip().startswith("[["):
        return False
    header = HEADER.match(line)
    return header is not None and tuple(part.strip("\"'") for part in re.findall(PART, header[1])) == path
