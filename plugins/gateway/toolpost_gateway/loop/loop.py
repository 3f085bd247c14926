"""The loop over a model's turns, as the ways in use it."""

from __future__ import annotations

from typing import Any

import anyio

from toolpost import Context, Host, Store, Tool, ToolError
from toolpost_gateway.loop.allowance import Allowance
from toolpost_gateway.loop.approving import Approvals
from toolpost_gateway.loop.calling import Caller
from toolpost_gateway.loop.carrying import Carried, Carrying
from toolpost_gateway.loop.catalogue import Shelf
from toolpost_gateway.loop.history import ids_in, mended
from toolpost_gateway.loop.model import Model
from toolpost_gateway.loop.offering import approvals, missing, offered
from toolpost_gateway.loop.run import Run
from toolpost_gateway.loop.step import Steps
from toolpost_gateway.loop.tally import Tally
from toolpost_gateway.loop.terms import Terms
from toolpost_gateway.loop.toolbox import Toolbox
from toolpost_gateway.loop.voice import Voice
from toolpost_gateway.talk import Approver, Emit, Outcome, Request
from toolpost_openai import OpenAI

TOO_LATE = "the call that was approved is not known any more, so it was not made"


class Loop:
    """Answers requests with a model that uses the host's tools; one for all requests.

    What a caller cannot send back of a turn waits in the `store`, or without
    one in the memory of this process.
    """

    def __init__(self, host: Host, openai: OpenAI, terms: Terms, store: Store | None = None) -> None:
        self._host, self._terms = host, terms
        self._model = Model(host, openai, terms.seconds)
        self._shelf = Shelf(host)
        self._carrying = Carrying(store)

    def offered(self, context: Context, request: Request) -> list[Tool]:
        """The tools that the model would get, or find."""
        return offered(self._host, self._terms, context, request.chosen)

    async def run(
        self,
        request: Request,
        context: Context,
        emit: Emit,
        *,
        approver: Approver | None = None,
        said: list[Any] | None = None,
    ) -> Outcome:
        """Answer a request; `emit` hears of everything as it happens, and by raising ends it.

        `said` is extended by what belongs to the history, a complete step at
        a time, so that it is valid whatever happens then.

        Raises:
            ToolError: the model cannot be asked, or its answer broke off.
        """
        voice = Voice(emit)
        try:
            with anyio.move_on_after(self._terms.seconds):
                return await self._outcome(request, context, voice, approver, said)
        except Exception as error:
            if voice.broken is not None:
                raise voice.broken from None
            if isinstance(error, ExceptionGroup):
                # Calls that run at once end in one.
                raise _alone(error) from None
            raise
        raise ToolError(f"the answer was not finished within {self._terms.seconds:g} s, and was stopped")

    async def _outcome(
        self, request: Request, context: Context, voice: Voice, approver: Approver | None, said: list[Any] | None
    ) -> Outcome:
        tools = self.offered(context, request)
        opened = await self._opened(request, context)
        settled = {*request.decided, *ids_in([opened.message])} if opened is not None else ()
        messages = mended(await self._carrying.restored(context.principal, request.messages, settled))
        taken = [function.name for function in request.functions]
        toolbox = Toolbox(self._shelf, await self._shelf.catalogue(tools, taken), taken, self._terms.most_tools)
        tally = Tally(dict.fromkeys([*missing(tools, request.chosen), *toolbox.notes]), said=said)
        if request.decided and opened is None:
            tally.note(TOO_LATE)
        deciding = Approvals(self._terms, approvals(tools, request.chosen), approver, messages, voice)
        steps = Steps(
            toolbox,
            Caller(self._host, context, voice, deciding),
            deciding,
            Allowance(self._terms),
            voice,
            self._terms.at_once,
        )
        run = Run(
            request,
            context,
            messages,
            terms=self._terms,
            model=self._model,
            voice=voice,
            steps=steps,
            tally=tally,
            carrying=self._carrying,
        )
        return await run.outcome(opened)

    async def _opened(self, request: Request, context: Context) -> Carried | None:
        """The turn that waited for what is decided now."""
        for call_id in request.decided:
            if (carried := await self._carrying.take(context.principal, call_id)) is not None:
                return carried
        return None


def _alone(error: Exception) -> Exception:
    """The error in a group of one."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
