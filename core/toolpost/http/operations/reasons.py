"""Reasons without the places of files, for whoever looks from another machine."""

from __future__ import annotations

import re

# What begins at the root, at home or on a drive, and is no part of a URL.
PLACE = re.compile(r"(?<![\w:/.\\])(?:~|[A-Za-z]:)?[/\\](?:[^\s'\"<>|:;,()\[\]]+)")


def without_places(text: str) -> str:
    """The text with paths of files left out."""
    return PLACE.sub("(path)", text)
