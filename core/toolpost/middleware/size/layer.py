"""The `size` layer: its settings, and the way of a result through it."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Annotated, ClassVar

import anyio
import anyio.to_thread
from pydantic import Field

from toolpost.artefacts import Artefacts
from toolpost.errors import InvalidArguments, ToolError
from toolpost.hookspecs import hookimpl
from toolpost.middleware.size.finds import Finds
from toolpost.middleware.size.measure import PART, WORST, surely_fits
from toolpost.middleware.size.words import URI, Place
from toolpost.middleware.words import amount
from toolpost.primitives import Resource
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.middleware.size.fitting import Fitted
    from toolpost.middleware.size.kept import Kept

# Bytes of a message around a result, with what the layers outside this one add.
ENVELOPE = 4_096
# Seconds after the start when old answers are removed, which a short command does not live to see, and from then on.
FIRST, EVERY = 20.0, 3_600.0
# Characters of an error; what a program says of its failure may be as long as what it says of its success.
ERROR = 10_000


@dataclass
class Size:
    """Bounds what one answer takes, by `bytes` or what the client is known to take, if that is less.

    Texts that are too long are cut, and the whole is kept for `keep_hours`,
    in at most `keep_bytes` altogether: the sentence at the cut says how to
    read on. Data are never cut. Where they are too much, and the tool
    promises a schema, the call fails and says so; without one they are left
    out. Pictures count, and are the gallery's to make smaller.

    What `finds` finds in a text is not cut in two, and what it would no
    longer find in a part of it is masked there. What is kept stays as the
    tool wrote it: of a call whose values have placeholders, the parts hold
    these, since only the call itself knows the values.
    """

    artefacts: Artefacts | None = None
    finds: Finds | None = None
    bytes: Annotated[int, Field(ge=20_000)] = 1_000_000
    keep_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 24.0
    keep_bytes: Annotated[int, Field(ge=20_000_000)] = 500_000_000
    clock: Callable[[], float] = field(default=time.time, repr=False)
    patience: ClassVar[None] = None

    def __post_init__(self) -> None:
        # However they are written, a part fits into an answer.
        self._longest = min(PART, self.bytes // (WORST + 2))

    @cached_property
    def kept(self) -> Kept | None:
        """The long answers; None where there is no place for them."""
        # Most answers are short, so nothing but measuring is imported at start.
        from toolpost.middleware.size.kept import Kept

        if self.artefacts is None:
            return None
        return Kept(self.artefacts.part("results"), self.keep_hours * 3600, self.keep_bytes, self.clock)

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def tools(self) -> list[Tool]:
        if self.artefacts is None:
            return []
        title = "Read on in a long answer"
        return [Tool(self.read_result, title=title, read_only=True, idempotent=True, open_world=False)]

    @hookimpl
    def resources(self) -> list[Resource]:
        if self.artefacts is None:
            return []
        return [Resource(URI, self.part, "long-answer", "Part of a long answer", "text/plain")]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Remove old answers while the host runs."""
        async with anyio.create_task_group() as tasks:
            if self.artefacts:
                tasks.start_soon(self._clear_now_and_then)
            yield
            tasks.cancel_scope.cancel()

    def applies_to(self, tool: Tool) -> bool:
        """Tools, but not resources: who reads one wants just what is in it."""
        return tool.kind == "tool"

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, and answer with what fits."""
        try:
            result = await call_next(call)
        except ToolError as error:
            if len(words := str(error)) <= ERROR:
                raise
            raise error.with_text(await anyio.to_thread.run_sync(_short, words, self.finds)) from error
        limit = self.limit(call.context)
        if surely_fits(result, limit):
            return result
        return await self._fitted(result, call, int(limit))

    def limit(self, context: Context) -> float:
        """Bytes that an answer may take; a terminal takes all."""
        known = context.client.result_bytes
        return math.inf if context.surface == "cli" else min(self.bytes, known or math.inf) - ENVELOPE

    def explain(self, call: ToolCall) -> str:
        limit = self.limit(call.context)
        return f"would cut an answer of more than {amount(int(limit))}" if limit < math.inf else "would cut nothing"

    async def read_result(
        self,
        result: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The id that the cut answer gives.")],
        part: Annotated[int, Field(ge=1, description="Which part of it to read.")] = 1,
        *,
        context: Context,
    ) -> ToolResult:
        """Read on in an answer that was too long to be sent at once."""
        found = await self._parts(result, context)
        return ToolResult.of(_chosen(found, part), f"[Part {part} of {len(found)}.]")

    async def part(self, id: str, part: int, context: Context) -> str:
        """A part of an answer that was too long to be sent at once."""
        return _chosen(await self._parts(id, context), part)

    async def _parts(self, id: str, context: Context) -> list[str]:
        found = await self.kept.get(id, context.principal) if self.kept else None
        if found is None:
            raise InvalidArguments(f"there is no such answer; they are kept for {self.keep_hours:g} hours")
        return found

    async def _fitted(self, result: ToolResult, call: ToolCall, limit: int) -> ToolResult:
        from toolpost.middleware.size.fitting import fitted

        promised = call.tool.output_schema is not None
        # It may have to look at megabytes.
        work = partial(fitted, result, limit, call.tool.name, self.finds, promised=promised)
        found = await anyio.to_thread.run_sync(work)
        return result if found is None else await self._sent(found, call)

    async def _sent(self, found: Fitted, call: ToolCall) -> ToolResult:
        from toolpost.middleware.size.cutting import parts

        place = None
        if self.kept:
            # They are cut once: a model that reads on must find the parts that it was promised.
            pieces = await anyio.to_thread.run_sync(parts, found.whole, self._longest, self.finds)
            if id := await self.kept.put([piece.text for piece in pieces], call.context.principal):
                place = Place.after(found.end, id, [piece.end for piece in pieces], self.keep_hours)
        text = f"{amount(found.sizes.total)} are too much"
        call.context.note("size", text, decision=found.decision, counts={"bytes": found.sizes.total})
        return found.sent(place)

    async def _clear_now_and_then(self) -> None:
        await anyio.sleep(FIRST)
        while self.kept:
            await self.kept.clear()
            await anyio.sleep(EVERY)


def _short(words: str, finds: Finds | None) -> str:
    from toolpost.middleware.size.seams import Whole

    whole = Whole(words[: 3 * ERROR], finds)
    end = whole.seam(0, ERROR)
    return f"{whole.piece(0, end, ERROR)} [… {len(words)} characters]"


def _chosen(found: list[str], part: int) -> str:
    if not 1 <= part <= len(found):
        raise InvalidArguments(f"part: there is no part {part}; the parts of this answer are 1 to {len(found)}")
    return found[part - 1]
