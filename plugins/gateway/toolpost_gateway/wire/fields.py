"""The fields of what a caller sent, each read as the type that it must have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from toolpost_gateway.wire.faults import Fault

# What JSON calls the types, in the words of an error.
KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class Fields:
    """An object of the caller's; `place` is where it stands, so that an error can name the field.

    What is null is as if it were not there.
    """

    def __init__(self, given: Any, place: str = "") -> None:
        if type(given) is not dict:
            raise wrong(place or "body", "an object", given)
        self.given: dict[str, Any] = given
        self.place = place

    def at(self, name: str) -> str:
        """Where a field stands, as OpenAI's errors name it."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Whether a field is there."""
        return self.given.get(name) is not None

    def text(self, name: str, otherwise: str = "") -> str:
        """A text."""
        found: str = self._one(name, str, otherwise)
        return found

    def flag(self, name: str, otherwise: bool = False) -> bool:
        """True or false."""
        found: bool = self._one(name, bool, otherwise)
        return found

    def whole(self, name: str, least: int) -> int | None:
        """A whole number; None where there is none."""
        found: int | None = self._one(name, int, None)
        if found is not None and found < least:
            raise Fault(400, f"{self.at(name)}: give {least} or more", self.at(name), "integer_below_min_value")
        return found

    def items(self, name: str) -> list[Any]:
        """A list; an empty one where there is none."""
        found: list[Any] = self._one(name, list, [])
        return found

    def part(self, name: str) -> Fields:
        """An object inside of this one; an empty one where there is none."""
        return Fields(self._one(name, dict, {}), self.at(name))

    def parts(self, name: str) -> Iterator[Fields]:
        """The objects in a list."""
        for place, item in enumerate(self.items(name)):
            yield Fields(item, f"{self.at(name)}[{place}]")

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        found = self.items(name)
        for place, item in enumerate(found):
            if type(item) is not str:
                raise wrong(f"{self.at(name)}[{place}]", KINDS[str], item)
        return found

    def needs(self, name: str) -> None:
        """Insist that a field is there.

        Raises:
            Fault: it is missing.
        """
        if not self.has(name):
            raise Fault(400, f"{self.at(name)}: this is missing", self.at(name), "missing_required_parameter")

    def checked(self, name: str, is_right: Callable[[Any], bool], wanted: str) -> Any:
        """A field of which the caller of this says what is right; None where there is none."""
        found = self.given.get(name)
        if found is not None and not is_right(found):
            raise wrong(self.at(name), wanted, found)
        return found

    def _one(self, name: str, kind: type, otherwise: Any) -> Any:
        found = self.given.get(name)
        if found is None:
            return otherwise
        if type(found) is not kind:
            raise wrong(self.at(name), KINDS[kind], found)
        return found


def wrong(place: str, wanted: str, found: Any) -> Fault:
    """The fault of a field that has another type."""
    return Fault(400, f"{place}: give {wanted}, not {KINDS.get(type(found), 'this')}", place, "invalid_type")
