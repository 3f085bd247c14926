"""A connection to one server: ask it, and get a whole answer or one of our errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import groupby
from typing import Any

import anyio
from openai import OpenAIError

from toolpost import InvalidArguments
from toolpost_openai.answer import Answer, Question
from toolpost_openai.catalogue import Catalogue, today
from toolpost_openai.choice import Choice, Chooser
from toolpost_openai.dialects import DIALECTS, Dialect
from toolpost_openai.dialects.kept import origin
from toolpost_openai.dialects.settings import limit_of
from toolpost_openai.draft import Draft
from toolpost_openai.failures import StreamFailed, broken, is_missing_model, translate
from toolpost_openai.listing import Listing
from toolpost_openai.mending import mend, no_call, no_tools
from toolpost_openai.posting import is_cut
from toolpost_openai.server import Server
from toolpost_openai.sse import LOST, Events
from toolpost_openai.text_alone import Heard, nobody, text_alone
from toolpost_openai.turns import Answering, Listener, Piece, Refusal, Said, Text, Thought, Turn
from toolpost_openai.unseen import in_words

Batches = AsyncGenerator[list[Any], None]
# Bad JSON and bad UTF-8 are ValueErrors; the SDK lets through what breaks while it reads the body of an error.
AT_SENDING = (OpenAIError, ValueError, *LOST)
# A malformed answer shows as a wrong type or a missing key where it is read.
AT_READING = (*AT_SENDING, StreamFailed, TypeError, LookupError, AttributeError)
TEXTS: Collection[type] = (Text, Refusal, Thought)
# Seconds for the usage, which comes after the turn has ended.
GRACE = 5.0


class Connection:
    """A server, the client that reaches it, and what is known of its models.

    `client` is the SDK's own, for what has no method here.
    """

    def __init__(self, server: Server, listing: Listing, catalogue: Catalogue, aliases: Mapping[str, str]) -> None:
        self.server = server
        self.listing = listing
        self.client = listing.client
        self._catalogue = catalogue
        self._chooser = Chooser(server, catalogue, aliases, self.served, today())

    async def converse(self, turn: Turn, heard: Listener) -> Said:
        """One turn of a conversation, told bit by bit and then whole; one that breaks off is an error.

        A turn that nobody wants bit by bit is asked for as a whole, and heard at once.

        Raises:
            InvalidArguments: the caller can mend it: the model, a parameter, the length.
            Refused: somebody must configure something.
            Unavailable: nothing was carried out.
            ToolError: the request failed, and may have been carried out.
        """
        choice = await self.choose(turn.model)
        dialect = DIALECTS[choice.model.dialect]
        notes = list(choice.notes)
        request = self._request(dialect, self._within(turn, choice, notes), choice, notes)
        stream = await self._open(dialect, request, notes)
        draft = await self._read(dialect, stream, choice, heard, is_whole=not request["stream"])
        try:
            return self._said(draft, dialect, choice, notes)
        except AT_READING:
            raise broken(self.server) from None

    async def ask(self, question: Question, heard: Heard = nobody) -> Answer:
        """The whole answer to a question; raises as `converse` does."""
        return await text_alone(self.converse, question, heard)

    async def choose(self, name: str) -> Choice:
        """The model behind a name, an alias or nothing."""
        return await self._chooser.choose(name)

    async def served(self) -> Sequence[str]:
        """The names of the models that the server says it has; none where it does not say."""
        return [row["id"] for row in await self.listing.rows()]

    async def failure(self, error: Exception, model: str) -> Exception:
        """Our error for what went wrong when the server was asked."""
        if not is_missing_model(error):
            return translate(error, self.server, model)
        names = self._catalogue.alive(today()) if self.server.official else await self.served()
        return translate(error, self.server, model, names)

    def _within(self, turn: Turn, choice: Choice, notes: list[str]) -> Turn:
        """The turn with no more asked for than the server gives."""
        if turn.whole and not (self.server.whole_seconds and self.listing.gives_whole):
            turn = replace(turn, whole=False)
        if turn.functions and not (self.server.tools and self.listing.calls_tools(choice.model.name)):
            notes.append(no_tools(choice.model.name))
            turn = replace(turn, functions=())
        if not turn.functions and (error := no_call(turn.choice, choice.model.name)):
            raise error
        most, limit = self.server.max_tokens, limit_of(turn.settings)
        if most is None or limit is None or limit[1] <= most:
            return turn
        notes.append(f"{limit[0]} was lowered to {most}, the most that {self.server.label} gives")
        return replace(turn, settings={**turn.settings, limit[0]: most})

    def _request(self, dialect: Dialect, turn: Turn, choice: Choice, notes: list[str]) -> dict[str, Any]:
        try:
            return dialect.request(self._seen(turn), choice.model, self.server, notes)
        except (LookupError, TypeError, AttributeError):
            raise InvalidArguments("messages: one is not in the form of Chat Completions") from None

    def _seen(self, turn: Turn) -> Turn:
        return turn if self.server.images else in_words(turn)

    async def _open(self, dialect: Dialect, request: dict[str, Any], notes: list[str]) -> Events:
        while True:
            is_whole = not request["stream"]
            try:
                # Not `responses.create`: building its types takes 0.3 s on the event loop.
                silence = self.server.whole_seconds if is_whole else None
                return await self.listing.posting.open(dialect.path, request, silence)
            except AT_SENDING as error:
                had_tools, wanted = "tools" in request, request.get("tool_choice", "auto")
                is_mended = mend(request, error, notes)
                if is_whole and (request["stream"] or is_cut(error)):
                    self.listing.learn_streaming()
                if not is_mended:
                    raise await self.failure(error, request["model"]) from None
                if had_tools and "tools" not in request:
                    self.listing.learn_toolless(request["model"])
                    if lacking := no_call(wanted, request["model"]):
                        raise lacking from None

    async def _read(
        self, dialect: Dialect, stream: Events, choice: Choice, heard: Listener, *, is_whole: bool
    ) -> Draft:
        draft, named = Draft(), False
        async with aclosing(stream), aclosing(stream.batches()) as batches:
            while (pieces := await self._next(dialect, batches, draft, choice, is_whole=is_whole)) is not None:
                if not named and (pieces or draft.model):
                    named = True
                    await heard(Answering(draft.model or choice.model.name))
                for piece in pieces if len(pieces) < 2 else _joined(pieces):
                    await heard(piece)
                stream.ended = draft.ended
        if draft.failed or not all(call.name for call in draft.calls.made):
            raise broken(self.server)
        return draft

    async def _next(
        self, dialect: Dialect, batches: Batches, draft: Draft, choice: Choice, *, is_whole: bool
    ) -> list[Piece] | None:
        try:
            batch = await (_soon(batches) if draft.finish_reason else anext(batches, None))
            return None if batch is None else [piece for event in batch for piece in dialect.read(event, draft)]
        except AT_READING as error:
            if is_whole and is_cut(error):
                self.listing.learn_streaming()
            raise await self.failure(error, choice.model.name) from None

    def _said(self, draft: Draft, dialect: Dialect, choice: Choice, notes: list[str]) -> Said:
        finish_reason = draft.finish(notes)
        return Said(
            model=draft.model or choice.model.name,
            provider=self.server.name,
            finish_reason=finish_reason,
            text=str(draft.text),
            refusal=str(draft.refusal),
            thought=str(draft.thought),
            invocations=tuple(call.invocation for call in draft.calls.made),
            usage=draft.usage,
            cached_tokens=draft.cached_tokens,
            reasoning_tokens=draft.reasoning_tokens,
            kept=dialect.kept(draft, origin(choice.model.dialect, self.server, choice.model)),
            notes=tuple(notes),
            demonstration=self.server.demonstration,
        )


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces that came together, with neighbours of one kind as one: each costs as much as a long one."""
    for kind, some in groupby(pieces, type):
        if kind in TEXTS:
            yield kind("".join(piece.text for piece in some))  # type: ignore[union-attr]  # those of these kinds have one
        else:
            yield from some


async def _soon(batches: Batches) -> list[Any] | None:
    """What follows the end of a turn, as its usage; nothing where a server neither says it nor hangs up."""
    with anyio.move_on_after(GRACE):
        return await anext(batches, None)
    return None
