"""What the name of a field says of its value: a number alone is nobody's, and one called `ssn` is."""

from __future__ import annotations

import re
from functools import lru_cache

# Names that are longer may be values themselves, which are not to be remembered here.
LONGEST = 40
SAYING = (
    r"(?i)pass(?:w|code|phrase)|\bpwd\b|secret|api[_\-]?key|(?:access|auth|refresh)[_\-]?token|\bpin\b"
    r"|phone|mobile|(?:^|[_\-])(?:tel|cell|fax|dob|ssn|nif|nie|vat|nino|cpf|cnpj|pan|mac|iban)(?:$|[_\-])"
    r"|birth|social[_\-]?sec|passport|tax[_\-]?(?:id|no|num)|national[_\-]?(?:id|no|num)|aadhaar|bsn|pesel|insurance"
    r"|id[_\-]?card|identity|credit[_\-]?card|card[_\-]?(?:no|num)|telefon|handy|geburt|ausweis|steuer"
)


def context(name: str) -> str:
    """What stands in front of a field's value when it is judged, up to the opening quote; else nothing."""
    return _context(name) if len(name) <= LONGEST else ""


def is_plain(name: str) -> bool:
    """Whether a name is one that a program gave: a word, or several with underscores."""
    return name.isascii() and name.replace("_", "").isalpha()


@lru_cache(4096)
def _context(name: str) -> str:
    if not is_plain(name) or re.search(SAYING, name) is None:
        return ""
    said = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]+", " ", name).lower()
    return f'"{said}": "'
