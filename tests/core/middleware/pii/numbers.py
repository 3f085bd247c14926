"""Makes valid official numbers at random: fills a shape until its check agrees."""

from __future__ import annotations

from random import Random
from string import ascii_uppercase, digits

from toolpost.middleware.pii.rules.identity import Number

TRIES = 20_000


def valid(number: Number, shape: str, random: Random) -> str | None:
    """One that is right, or none if chance alone does not find it."""
    for _ in range(TRIES):
        written = "".join(filled(char, random) for char in shape)
        if number.check(written):
            return written
    return None


def filled(char: str, random: Random) -> str:
    if char == "9":
        return random.choice(digits)
    return random.choice(ascii_uppercase) if char == "A" else char
