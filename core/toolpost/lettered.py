"""Random names in letters alone: what policies look for and hide has digits, and such a name is never taken for it."""

from __future__ import annotations

# What stands for each hexadecimal digit. Nothing that policies look for begins with these, and no word is made of them.
LETTERS = str.maketrans("0123456789abcdef", "bdfghjklmnqrvwxz")


def lettered(number: int) -> str:
    """A number as a name is to spell it."""
    return f"{number:x}".translate(LETTERS)
