"""What a value looks like: made by a machine, made up for an example, or written by a person."""

from __future__ import annotations

import re

# Code and templates name a secret without holding it.
TEMPLATE = re.compile(
    r"^(?:\$[A-Z_\d]{1,}|\{\{|%\(|<[^>]*>?$|\[[^\]]*\]?$|\*+$|\.{2,}$|@\w+/|os\.|env\.|process\."
    r"|(?i:none|null|true|false)$|(?i:your|my)[_\- ]|(?i:change[_\-]?me))"
    r"|\$\{|\$\(|\(\)$|(?i:example|placeholder|redacted)\W*$"
)
# A character five times over, or the alphabet: nobody draws that by lot.
MADE_UP = re.compile(r"(.)\1{4}|abcdefgh|ABCDEFGH")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
PIECE = re.compile(r"[0-9A-Za-z]{10,}")
WORD = re.compile(r"[a-z]{5}")
SHORTEST = 12


def is_template(value: str) -> bool:
    """Whether a value only stands for one."""
    return TEMPLATE.search(value) is not None


def is_made_up(value: str) -> bool:
    """Whether a value has the form of a secret, and was filled in by hand."""
    return MADE_UP.search(value) is not None or len(set(value)) < 7


def is_random(value: str) -> bool:
    """Whether a value is long, of letters and digits mixed, as nobody would write it."""
    if len(value) < SHORTEST or " " in value or value.startswith(("http", "/", "./")):
        return False
    return not is_made_up(value) and (UUID.fullmatch(value) is not None or any(map(_is_mixed, PIECE.findall(value))))


def _is_mixed(piece: str) -> bool:
    digits = sum(map(str.isdigit, piece))
    if digits == len(piece):
        return digits >= 15
    return digits >= 2 or (digits == 1 and not WORD.search(piece) and not piece.islower())
