"""A connection to one server: ask it, and get a whole answer or one of our errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from openai import AsyncOpenAI, AsyncStream, BadRequestError, OpenAIError

from toolpost_openai.answer import Answer, Draft, Question
from toolpost_openai.catalogue import Catalogue, today
from toolpost_openai.choice import Choice, Chooser
from toolpost_openai.dialects import DIALECTS, Dialect
from toolpost_openai.failures import StreamFailed, broken, is_missing_model, translate
from toolpost_openai.server import Server

Heard = Callable[[int], Awaitable[None]]
"""Is told how many characters of the answer have come."""

# Bad JSON and bad UTF-8 are ValueErrors.
AT_SENDING = (OpenAIError, ValueError)
# A malformed answer shows as a wrong type or a missing key where it is read.
AT_READING = (*AT_SENDING, StreamFailed, TypeError, LookupError, AttributeError)
LISTING = 10.0


async def nobody(characters: int) -> None:
    """Nobody listens."""


class Connection:
    """A server, the client that reaches it, and what is known of its models.

    `client` is the SDK's own, for what has no method here.
    """

    def __init__(self, server: Server, client: AsyncOpenAI, catalogue: Catalogue, aliases: Mapping[str, str]) -> None:
        self.server = server
        self.client = client
        self._catalogue = catalogue
        self._chooser = Chooser(server, catalogue, aliases, self.served, today())

    async def ask(self, question: Question, heard: Heard = nobody) -> Answer:
        """The whole answer to a question; an answer that breaks off is an error.

        Raises:
            InvalidArguments: the caller can mend it: the model, a parameter, the length.
            Refused: somebody must configure something.
            Unavailable: nothing was carried out.
            ToolError: the request failed, and may have been carried out.
        """
        choice = await self.choose(question.model)
        dialect = DIALECTS[choice.model.dialect]
        notes = list(choice.notes)
        question = self._within(question, notes)
        request = dialect.request(question, choice.model.name, self.server)
        if "temperature" in request and not choice.model.temperature:
            drop(request, "temperature", notes)
        stream = await self._open(dialect, request, notes)
        draft = await self._read(dialect, stream, choice, heard)
        return Answer(
            text=draft.text,
            model=draft.model or choice.model.name,
            provider=self.server.name,
            finish_reason=draft.finish_reason,
            usage=draft.usage,
            notes=(*notes, *draft.remarks()),
            demonstration=self.server.demonstration,
        )

    async def choose(self, name: str) -> Choice:
        """The model behind a name, an alias or nothing."""
        return await self._chooser.choose(name)

    async def served(self) -> Sequence[str]:
        """The names of the models that the server says it has; none where it does not say."""
        try:
            return [model.id for model in (await self.client.models.list(timeout=LISTING)).data]
        except AT_READING:
            return []

    async def failure(self, error: Exception, model: str) -> Exception:
        """Our error for what went wrong when the server was asked."""
        if not is_missing_model(error):
            return translate(error, self.server, model)
        names = self._catalogue.alive(today()) if self.server.official else await self.served()
        return translate(error, self.server, model, names)

    def _within(self, question: Question, notes: list[str]) -> Question:
        """The question with no more asked for than the server gives."""
        most = self.server.max_tokens
        if most is None or question.max_tokens is None or question.max_tokens <= most:
            return question
        notes.append(f"max_tokens was lowered to {most}, the most that {self.server.name} gives")
        return replace(question, max_tokens=most)

    async def _open(self, dialect: Dialect, request: dict[str, Any], notes: list[str]) -> AsyncStream[object]:
        try:
            # Not `responses.create`: building its types takes 0.3 s on the event loop.
            return await self.client.post(
                dialect.path, cast_to=object, body=request, stream=True, stream_cls=AsyncStream[object]
            )
        except AT_SENDING as error:
            # A refused parameter means that nothing was carried out. Each
            # round takes one away, so that this comes to an end.
            if not (isinstance(error, BadRequestError) and mend(request, error, notes)):
                raise await self.failure(error, request["model"]) from None
        return await self._open(dialect, request, notes)

    async def _read(self, dialect: Dialect, stream: AsyncStream[object], choice: Choice, heard: Heard) -> Draft:
        draft = Draft()
        async with stream:
            while await self._next(dialect, stream, draft, choice):
                await heard(draft.characters)
        if not draft.finish_reason:
            raise broken(self.server)
        return draft

    async def _next(self, dialect: Dialect, stream: AsyncStream[object], draft: Draft, choice: Choice) -> bool:
        try:
            dialect.read(await anext(stream), draft)
        except StopAsyncIteration:
            return False
        except AT_READING as error:
            raise await self.failure(error, choice.model.name) from None
        return True


def mend(request: dict[str, Any], error: BadRequestError, notes: list[str]) -> bool:
    """Take out of a request what the server says it does not know; False where it says anything else."""
    name = error.param or ""
    if name not in request or not (error.code or "").startswith("unsupported"):
        return False
    match name:
        case "max_tokens":
            request["max_completion_tokens"] = request.pop("max_tokens")
        case "stream_options":
            del request["stream_options"]
        case "temperature":
            drop(request, "temperature", notes)
        case _:
            return False
    return True


def drop(request: dict[str, Any], name: str, notes: list[str]) -> None:
    """Take a parameter out of a request, and note it."""
    del request[name]
    notes.append(f"{name} was left out: {request['model']} does not take it")
