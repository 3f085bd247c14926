"""Questions to the person at the client, and the answers: both pass the layer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from toolpost.tools.context import Ask

# The words of a form that people read, and those that come back as their answer.
SHOWN = ("title", "description", "enumNames")
RETURNED = ("const", "default", "enum")

Fields = dict[str, Any]
Work = Callable[[Callable[[], Any]], Awaitable[Any]]


def asking(question: Ask, work: Work, shown: Callable[[str], str], answered: Callable[[Fields, Fields], Fields]) -> Ask:
    """A question whose words are cleaned by `shown` and whose answers by `answered`, where `work` is done.

    A choice or default that the tool offered is its own: whoever picks it as
    it is shown gives the tool what it had offered.
    """

    async def ask(message: str, schema: Fields) -> Mapping[str, Any] | None:
        form = Form(shown)
        said, clean = await work(lambda: (shown(message), form.clean(schema)))
        given = await question(said, clean)
        if given is None:
            return None
        offered = {name: form.offered(name, value) for name, value in given.items()}
        free = {name: value for name, value in given.items() if offered[name] is value}
        return {**offered, **await work(lambda: answered(free, schema))}

    return ask


class Form:
    """A form as it is shown, which remembers what its choices and defaults were."""

    def __init__(self, shown: Callable[[str], str]) -> None:
        self._shown = shown
        self._originals: dict[str, dict[str, str]] = {}

    def clean(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The schema with clean words; its fields keep their names."""
        fields = schema.get("properties", {})
        clean = {name: self._words(field, self._originals.setdefault(name, {})) for name, field in fields.items()}
        return {**self._words({**schema, "properties": {}}, {}), "properties": clean}

    def offered(self, name: str, value: Any) -> Any:
        """What the tool offered where the person chose that; else the very same value."""
        originals = self._originals.get(name, {})
        if isinstance(value, str):
            return originals.get(value, value)
        if isinstance(value, list) and any(item in originals for item in value if isinstance(item, str)):
            return [self.offered(name, item) for item in value]
        return value

    def _words(self, part: Any, originals: dict[str, str]) -> Any:
        if isinstance(part, list):
            return [self._words(item, originals) for item in part]
        if not isinstance(part, Mapping):
            return part
        return {key: self._member(key, value, originals) for key, value in part.items()}

    def _member(self, key: str, value: Any, originals: dict[str, str]) -> Any:
        if key in RETURNED:
            return self._returned(value, originals)
        if key in SHOWN:
            return [self._shown(item) for item in value] if isinstance(value, list) else self._shown(value)
        return self._words(value, originals)

    def _returned(self, value: Any, originals: dict[str, str]) -> Any:
        if isinstance(value, list):
            return [self._returned(item, originals) for item in value]
        if not isinstance(value, str):
            return value
        clean = seen = self._shown(value)
        number = 2
        # Two choices that look alike must stay two.
        while originals.get(seen, value) != value:
            seen, number = f"{clean} ({number})", number + 1
        if seen != value:
            originals[seen] = value
        return seen
