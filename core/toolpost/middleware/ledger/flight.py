"""A job of this process: who waits for it, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import anyio

from toolpost.errors import Refused, ToolError
from toolpost.tools.call import CallNext, ToolCall, ToolResult
from toolpost.tools.context import Context, InputRequired

META = "toolpost/ledger"
# A caller that takes longer to hear of progress hears no more of it, in seconds.
DEAF_AFTER = 1.0
Ending = ToolResult | ToolError | InputRequired


@dataclass(eq=False)
class Flight:
    """A call that runs in a task of the host, not of its callers, who come and go.

    `job` is its name once it has one, `departed` whether the tool may have
    been reached, `ending` what came of it; without one, whoever waited must
    see for himself. `is_ending` says that toolpost ends, and it with it.
    """

    place: str
    call: ToolCall
    call_next: CallNext
    job: str = ""
    departed: bool = False
    is_ending: bool = False
    ending: Ending | None = None
    landed: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    callers: list[Context] = field(default_factory=list)
    _listeners: list[Context] = field(default_factory=list)
    _asking: anyio.CancelScope | None = None
    _is_named: bool = False

    def name(self, job: str) -> None:
        """It is under way, here or elsewhere, as a job of the book: callers need not stay to hear of it."""
        self.job = job
        if not self._is_named:
            self._is_named = True
            for context in self.callers:
                context.begun(job)

    async def attend(self, context: Context, seconds: float, *, stop: bool = False) -> bool:
        """Wait for the end with progress, for so long; whether it came.

        When the last caller is cancelled, a flight that has not departed is
        too; one that has, only where callers may `stop` it.
        """
        self.callers.append(context)
        self._listeners.append(context)
        if self._is_named:
            context.begun(self.job)
        try:
            with anyio.move_on_after(seconds):
                await self.landed.wait()
        except anyio.get_cancelled_exc_class():
            if self.callers == [context] and (stop or not self.departed):
                self.scope.cancel()
            raise
        finally:
            self._leave(context)
        return self.landed.is_set()

    def answer(self, context: Context) -> ToolResult | None:
        """What this caller gets; None where there is nothing for him here, and he must try for himself.

        Raises:
            ToolError: the call failed.
            InputRequired: this caller's client must answer first.
        """
        first = context is self.call.context
        match self.ending:
            case ToolResult() as result:
                return result if first else _attached(result)
            case ToolError() as error:
                # Layers write into an error's meta, so each caller has his own.
                raise error if first else error.with_text(str(error))
            case InputRequired() as required if first:
                raise required
        return None

    def inner_call(self) -> ToolCall:
        """The call as the layers within see it: callers may leave, so it stands on none of theirs."""
        _ = self.call.context.call_id  # made now, so that both have the same
        context = copy(self.call.context)
        context.report = self._report
        context.question = self._question if context.question else None
        context.client = replace(context.client, call_seconds=None)
        return replace(self.call, context=context)

    def _leave(self, context: Context) -> None:
        self.callers.remove(context)
        self._mute(context)
        if context is self.call.context and self._asking is not None:
            self._asking.cancel()

    def _mute(self, context: Context) -> None:
        if context in self._listeners:
            self._listeners.remove(context)

    async def _report(self, done: float, total: float | None, message: str | None) -> None:
        for context in list(self._listeners):
            with anyio.move_on_after(DEAF_AFTER) as patience:
                try:
                    await context.progress(done, total, message)
                except Exception:  # this caller's connection broke, which is no matter of the work
                    self._mute(context)
            if patience.cancelled_caught:
                self._mute(context)

    async def _question(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        asker = self.call.context
        if asker in self.callers and asker.question is not None:
            with anyio.CancelScope() as self._asking:
                try:
                    return await asker.question(message, schema)
                finally:
                    self._asking = None
        raise Refused("this needs an answer from a person, and the one who asked for it has gone")


def _attached(result: ToolResult) -> ToolResult:
    """A caller's own copy: what one does to his data must not reach the others."""
    known = {"attached": True, **result.meta.get(META, {})}
    return replace(result, structured=deepcopy(result.structured), meta={**result.meta, META: known})
