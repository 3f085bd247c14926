"""What a person may type next: suggestions for the arguments of prompts and of resource templates."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from toolpost.errors import PluginError
from toolpost.tools.threads import in_thread

# Either all values, of which those that begin with what was typed are suggested, or a function of
# what was typed, and, if it takes a second parameter, of the arguments that are filled in already.
Completer = Iterable[str] | Callable[..., Iterable[str] | Awaitable[Iterable[str]]]

ASKED: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "argument": {"type": "string"},
        "value": {"type": "string"},
        "arguments": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["argument", "value"],
}


class Suggestions:
    """The completers of one prompt or resource, as a function from what was typed to suggestions."""

    def __init__(self, completers: Mapping[str, Completer], known: Iterable[str], owner: str) -> None:
        if unknown := sorted(set(completers) - set(known)):
            raise PluginError(f"{owner} completes {unknown[0]!r}, which is none of its arguments")
        self._completers = {name: one if callable(one) else tuple(one) for name, one in completers.items()}

    async def __call__(self, asked: Mapping[str, Any]) -> list[str]:
        """Suggest values for an argument; none for one without a completer."""
        completer = self._completers.get(asked["argument"], ())
        if not callable(completer):
            typed = asked["value"].casefold()
            return [value for value in completer if value.casefold().startswith(typed)]
        given = (asked["value"], asked.get("arguments", {}))[: len(inspect.signature(completer).parameters)]
        if inspect.iscoroutinefunction(completer):
            return list(await completer(*given))
        return list(await in_thread(self, partial(completer, *given)))
