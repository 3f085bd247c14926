"""Which model a call asks for: few names, whatever callers write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Protocol, runtime_checkable

from toolpost.tools.call import ToolCall
from toolpost.tools.tool import Tool

# The bucket that all share whom neither the rules nor a catalogue know: a
# caller who invents names would have one for each otherwise.
OTHER = "other"
LONGEST = 200
# In a tool's `meta`: the model that answers where the caller names none.
DEFAULT = "toolpost/model"


@runtime_checkable
class Models(Protocol):
    """A plugin that knows models and their short names."""

    def model_named(self, name: str, /) -> str | None:
        """The model that a name or an alias stands for; None where nobody knows it."""


class ModelNames:
    """Tells models apart, with what a catalogue and the rules know of them."""

    def __init__(self, models: Models | None, listed: Collection[str]) -> None:
        self._models = models
        self._listed = frozenset(listed)
        self.known = lru_cache(1024)(self._known)

    def asked(self, call: ToolCall) -> str:
        """The model of a call, by its own name where that is known."""
        said = call.arguments.get("model") or _default(call.tool)
        return self.known(said) if isinstance(said, str) and len(said) <= LONGEST else OTHER

    def _known(self, said: str) -> str:
        if self._models is not None and (name := self._models.model_named(said)) is not None:
            return name
        return said if said in self._listed else OTHER


def takes_model(tool: Tool) -> bool:
    """Whether a tool lets its callers choose a model."""
    properties = tool.input_schema.get("properties")
    return isinstance(properties, Mapping) and "model" in properties


def _default(tool: Tool) -> object:
    field = tool.input_schema["properties"]["model"]
    default = field.get("default") if isinstance(field, Mapping) else None
    return default or (tool.meta or {}).get(DEFAULT) or ""
