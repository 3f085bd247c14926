"""Words of a stranger as one line, in which nothing works unseen."""

from __future__ import annotations

import unicodedata

# Controls, what formats or hides, halves of characters, and what has no meaning that all share.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
# Between letters these make ligatures of some scripts, and one emoji of several.
JOINERS = "\u200c\u200d"


def line(text: str) -> str:
    """The text with single spaces for all white space, and without what cannot be seen; empty if that is all."""
    words = " ".join(text.split())
    seen = words if words.isascii() and words.isprintable() else "".join(filter(_is_seen, words))
    return " ".join(seen.split()).strip(JOINERS)


def _is_seen(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character) not in UNSEEN
