"""The plugin: what the `pii` layer asks for names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Literal

from toolpost import PluginError, Refused, hookimpl
from toolpost_names.engine import Engine, load, missing

Type = Literal["PERSON", "LOCATION", "ORGANIZATION", "NRP"]


@dataclass
class Names:
    """Recognises names with presidio and a spaCy model, which must be installed: nothing is downloaded.

    `model` is the name of an installed spaCy model or the path of one, of the
    `language` that it speaks. `types` are what it looks for, `allowed` names
    that are nobody's.
    """

    model: str = "en_core_web_sm"
    language: str = "en"
    types: list[Type] = field(default_factory=lambda: ["PERSON"])
    allowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._engine: Engine | None = None

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Say at start what is missing, and not with the first call."""
        if problem := missing(self.model):
            raise PluginError(problem)
        yield

    @property
    def recognised(self) -> Sequence[str]:
        """The types that are looked for."""
        return self.types

    def recognise(self, text: str) -> Iterable[tuple[int, int, str]]:
        """Where names stand in a text, and of what type.

        Raises:
            Refused: presidio or the model is missing, so nobody can tell.
        """
        # Neither spaCy nor presidio says that a pipeline may be used by several threads at once, and one that the layer
        # has left behind may still be at it.
        with self._lock:
            if self._engine is None:
                if problem := missing(self.model):
                    raise Refused(f"names cannot be looked for: {problem}")
                self._engine = load(self.model, self.language, self.types, self.allowed)
            return self._engine(text)
