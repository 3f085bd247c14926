"""What is done to something personal that was found, by its type and the way that it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from toolpost.middleware.pii.partial import partial

DIRECTIONS = ("arguments", "results")
ACTIONS = ("mask", "partial", "hash", "drop", "placeholder", "refuse", "pass")
OTHERS = "*"

Actions = Mapping[str, str]
"""What is done by type, for one direction."""


def replacement(action: str, type_: str, value: str, key: bytes) -> str:
    """What stands in the text instead of a value; one that is refused is masked until the refusal is raised."""
    match action:
        case "drop":
            return ""
        case "hash":
            digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4, key=key).hexdigest()
            return f"[{type_}:{digest}]"
        case "partial":
            return partial(type_, value)
        case _:
            return f"[{type_}]"


def by_direction(actions: Mapping[str, str | Mapping[str, str]], types: Iterable[str]) -> dict[str, dict[str, str]]:
    """What is done with each type in each direction, out of what the operator wrote.

    Raises:
        ValueError: a type, a direction or an action that there is not.
    """
    known = tuple(types)
    check(actions, (*known, OTHERS), "type of personal data")
    for action in actions.values():
        check([action] if isinstance(action, str) else action.values(), ACTIONS, "action")
        check(() if isinstance(action, str) else action, DIRECTIONS, "direction")
    return {way: {name: _action(actions, name, way) for name in known} for way in DIRECTIONS}


def _action(actions: Mapping[str, str | Mapping[str, str]], name: str, way: str) -> str:
    for written in (actions.get(name), actions.get(OTHERS)):
        if isinstance(written, str):
            return written
        if written is not None and way in written:
            return written[way]
    return "mask"


def check(names: Iterable[str], allowed: tuple[str, ...], what: str) -> None:
    """Refuse a name that is not one of the allowed.

    Raises:
        ValueError: names the first unknown one and all that are allowed.
    """
    for name in names:
        if name not in allowed:
            raise ValueError(f"{name!r} is no {what}; allowed are {', '.join(allowed)}")
