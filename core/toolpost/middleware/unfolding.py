"""How often a JSON Schema applies schemas to one and the same value: references to references multiply."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Of a value; a schema that people write applies some dozens.
LIMIT = 20_000
# Keywords that apply a schema, some, or one by name, to the very value (JSON Schema 2020-12, section 10.2).
ONE, SOME, NAMED = ("not", "if", "then", "else"), ("allOf", "anyOf", "oneOf"), ("dependentSchemas",)


class Unfolding:
    """Counts applications in one schema, each of its parts once."""

    def __init__(self, schema: Any) -> None:
        self._root = schema
        self._counted: dict[int, int] = {}

    @property
    def is_bounded(self) -> bool:
        """Whether no part of the schema applies more than `LIMIT` to a value."""
        waiting: list[Any] = [self._root]
        while waiting:
            match waiting.pop():
                case dict() as part:
                    if self._is_too_much(part):
                        return False
                    waiting += part.values()
                case list() as parts:
                    waiting += parts
        return True

    def _is_too_much(self, part: dict[str, Any]) -> bool:
        try:
            return self._count(part) > LIMIT
        except RecursionError:  # a chain of a thousand references
            return True

    def _count(self, part: Any) -> int:
        """A circle counts as one: validators see through those."""
        if not isinstance(part, dict):
            return 1
        if (known := self._counted.get(id(part))) is None:
            self._counted[id(part)] = 1
            known = self._counted[id(part)] = 1 + sum(map(self._count, self._applied(part)))
        return known

    def _applied(self, part: dict[str, Any]) -> Iterator[Any]:
        yield from (part[word] for word in ONE if word in part)
        yield from (one for word in SOME if isinstance(part.get(word), list) for one in part[word])
        yield from (one for word in NAMED if isinstance(part.get(word), dict) for one in part[word].values())
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            yield self._at(reference[1:])

    def _at(self, pointer: str) -> Any:
        found = self._root
        for word in pointer.split("/")[1:]:
            name = word.replace("~1", "/").replace("~0", "~")
            match found:
                case dict():
                    found = found.get(name)
                case list() if name.isdecimal() and int(name) < len(found):
                    found = found[int(name)]
                case _:
                    return None
        return found
