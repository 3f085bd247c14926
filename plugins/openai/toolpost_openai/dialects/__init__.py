"""The two ways of asking a model, behind one shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from toolpost_openai.catalogue import DialectName, Model
from toolpost_openai.dialects.chat import ChatCompletions
from toolpost_openai.dialects.responses import Responses
from toolpost_openai.draft import Draft
from toolpost_openai.server import Server
from toolpost_openai.turns import Piece, Turn


class Dialect(Protocol):
    """One of the provider's interfaces that answer text."""

    path: str

    def request(self, turn: Turn, model: Model, server: Server, notes: list[str]) -> dict[str, Any]:
        """The body of the request; what is left out of it is noted."""
        ...

    def read(self, event: Any, draft: Draft) -> Iterable[Piece]:
        """Take one event of the stream, as JSON, into the draft; one of a wrong form raises what it will."""
        ...

    def kept(self, draft: Draft, source: str) -> tuple[Mapping[str, Any], ...]:
        """What the provider wants back with the next request; `source` is its `origin`."""
        ...


DIALECTS: Mapping[DialectName, Dialect] = {"chat": ChatCompletions(), "responses": Responses()}
