"""What is done to something personal that was found."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

ACTIONS = ("mask", "drop", "hash", "refuse")


def replacement(action: str, type_: str, value: str, key: bytes) -> str:
    """What stands in the text instead of a value; one that is refused is masked until the refusal is raised."""
    match action:
        case "drop":
            return ""
        case "hash":
            digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4, key=key).hexdigest()
            return f"[{type_}:{digest}]"
        case _:
            return f"[{type_}]"


def check(names: Iterable[str], allowed: tuple[str, ...], what: str) -> None:
    """Refuse a name that is not one of the allowed.

    Raises:
        ValueError: names the first unknown one and all that are allowed.
    """
    for name in names:
        if name not in allowed:
            raise ValueError(f"{name!r} is no {what}; allowed are {', '.join(allowed)}")
