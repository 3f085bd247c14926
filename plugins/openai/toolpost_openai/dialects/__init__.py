"""The two ways of asking a model, behind one shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from toolpost_openai.answer import Draft, Question
from toolpost_openai.catalogue import DialectName
from toolpost_openai.dialects.chat import ChatCompletions
from toolpost_openai.dialects.responses import Responses
from toolpost_openai.server import Server


class Dialect(Protocol):
    """One of the provider's interfaces that answer text."""

    path: str

    def request(self, question: Question, model: str, server: Server) -> dict[str, Any]:
        """The body of the request."""
        ...

    def read(self, event: Any, draft: Draft) -> None:
        """Take one event of the stream, as JSON, into the draft; one of a wrong form raises what it will."""
        ...


DIALECTS: Mapping[DialectName, Dialect] = {"chat": ChatCompletions(), "responses": Responses()}
