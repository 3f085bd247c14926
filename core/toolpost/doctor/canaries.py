"""What is sent through an installation: texts that each guard must change, and marks to find them again by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# Where a canary may go. Each has an address and a card number of its own, so that a leak tells its way.
PATHS = (
    "arguments", "text", "data", "error", "crash", "progress", "resource", "template", "prompt", "filled",
)  # fmt: skip
# Unicode's tag characters, which models read and people do not see, a turn of direction, and "hide" of a terminal.
HIDDEN = "\U000e0069\U000e0067\U000e006e\u202e\x1b[8m"


def mark(path: str) -> str:
    """The word by which a text is found again, whatever became of the rest of it."""
    return f"canary-{path}"


def email(path: str) -> str:
    """An address at a name that is nobody's (RFC 2606)."""
    return f"jane.{path}@mail.example.org"


def card(path: str) -> str:
    """A card number with the right check digit, in a range that issuers keep for tests."""
    digits = f"4111111111{PATHS.index(path):05d}"
    # The digit that completes Luhn's sum (ISO/IEC 7812-1, annex B).
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def personal(path: str) -> str:
    """A text with personal data."""
    return f"{mark(path)}: write to {email(path)} or charge {card(path)}"


def secret_parts(path: str, types: Iterable[str]) -> list[str]:
    """What must not be found again, of the types that are looked for."""
    parts = {"EMAIL": email(path), "CREDIT_CARD": card(path)}
    return [parts[name] for name in types if name in parts]


def strings(value: Any) -> list[str]:
    """All texts in a JSON value, keys included."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for key, item in value.items() for text in (str(key), *strings(item))]
        case list() | tuple():
            return [text for item in value for text in strings(item)]
        case _:
            return []
