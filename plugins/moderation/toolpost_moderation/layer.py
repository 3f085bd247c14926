"""The `moderation` layer: nothing flagged reaches a tool, and nothing flagged comes back from it."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio.to_thread

from toolpost import CallNext, InvalidArguments, Refused, TextFilter, Tool, ToolCall, ToolError, ToolResult
from toolpost_moderation.judge import Judge, TooMuch
from toolpost_moderation.matter import Matter, is_certain, of_arguments, of_result
from toolpost_pictures import Picture, Pictures

log = logging.getLogger("toolpost.moderation")

MOST_PICTURES = 50

Direction = Literal["arguments", "results"]
OnError = Literal["refuse", "pass"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is looked at, what is too much, and what follows when that cannot be told."""

    directions: Sequence[Direction]
    thresholds: Mapping[str, float]
    on_error: OnError
    only: Sequence[str]
    exempt: Sequence[str]


class Withheld:
    """Lets nothing of a text through before the call is answered: who streams it sends then what is missing."""

    def feed(self, text: str) -> str:
        """Nothing yet."""
        return ""

    def end(self) -> str:
        """Nothing here."""
        return ""


@dataclass(frozen=True)
class Layer:
    """Stands around every call but those of `own`, the plugin's tool."""

    judge: Judge = field(repr=False)
    pictures: Pictures
    rules: Rules
    own: object = field(repr=False)

    def applies_to(self, tool: Tool) -> bool:
        """Whether the calls of a tool are looked at."""
        # Not by name, which an upstream tool may have too.
        if tool.function == self.own or not self.rules.directions or tool.name in self.rules.exempt:
            return False
        return not self.rules.only or tool.name in self.rules.only

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on if nothing is flagged in the arguments, and answer if nothing is in the result."""
        if "arguments" in self.rules.directions:
            await self._check(call, of_arguments(call.arguments), "arguments")
        result = await call_next(call)
        if "results" in self.rules.directions:
            await self._check(call, of_result(result), "result")
        return result

    def stream(self, call: ToolCall) -> TextFilter | None:
        """What keeps back a text that is sent bit by bit: it is judged as a whole, and shown after that."""
        return Withheld() if "results" in self.rules.directions else None

    def explain(self, call: ToolCall) -> str:
        """What the layer would look at, and what it does if it cannot."""
        matter, looks = of_arguments(call.arguments), []
        if "arguments" in self.rules.directions:
            looks.append(f"the arguments ({len(matter.text)} characters, pictures: {len(matter.sources)})")
        if "results" in self.rules.directions:
            looks.append("the result")
        otherwise = "go on" if self.rules.on_error == "pass" else "refuse"
        return f"would have {' and '.join(looks)} judged, and {otherwise} if that fails"

    async def _check(self, call: ToolCall, matter: Matter, what: str) -> None:
        if not (matter.texts or matter.sources or matter.blobs):
            return
        try:
            pictures = await self._pictures(call, matter)
            verdict = await self.judge.verdict(matter.text, pictures)
            found = verdict.found(self.rules.thresholds)
        except ToolError as error:
            self._failed(call, what, error)
            return
        if not found:
            call.context.note("moderation", f"nothing found in the {what}")
            return
        call.context.note("moderation", f"refused the {what}: {', '.join(found)}")
        done = "the call was not made" if what == "arguments" else "the call was made, and its answer is withheld"
        raise Refused(f"moderation refuses the {what} of {call.tool.name} ({', '.join(found)}); {done}")

    async def _pictures(self, call: ToolCall, matter: Matter) -> list[Picture]:
        """The pictures in it; a source that is none, and need not be one, is judged as a text."""
        if len(matter.sources) + len(matter.blobs) > MOST_PICTURES:
            raise TooMuch(f"more than {MOST_PICTURES} pictures, which is the most that is moderated")
        found = []
        for source in matter.sources:
            try:
                found.append(await self.pictures.load(source, call.context))
            except InvalidArguments:
                if is_certain(source):
                    raise
                matter.texts[source] = None
        for blob in matter.blobs:
            found.append(await self.pictures.inspect(await anyio.to_thread.run_sync(_decoded, blob)))
        return found

    def _failed(self, call: ToolCall, what: str, error: ToolError) -> None:
        """It could not be told whether something is flagged: fail closed, unless the operator wants it open."""
        why = _reason(error)
        if self.rules.on_error == "pass":
            log.warning("the %s of %s went on without moderation: %s", what, call.tool.name, why)
            call.context.note("moderation", f"the {what} went on unchecked: {why}")
            return
        call.context.note("moderation", f"the {what} could not be checked")
        done = "the call was not made" if what == "arguments" else "the call was made, and its answer is withheld"
        raise Refused(f"moderation could not check the {what} of {call.tool.name}, so {done}: {why}") from None


def _reason(error: ToolError) -> str:
    """Why it failed, without what a provider or a reader may quote of the content."""
    # Exactly that one: those below it are of this plugin.
    return "a text or picture in it cannot be read" if type(error) is InvalidArguments else str(error)


def _decoded(blob: str) -> bytes:
    try:
        return base64.b64decode(blob, validate=True)
    except ValueError:
        raise InvalidArguments("a picture in base64 that is none") from None
