"""The loop over a model's turns, as the ways in use it."""

from __future__ import annotations

from typing import Any

import anyio

from toolpost import Context, Host, InvalidArguments, Space, Store, Tool
from toolpost.kit import alone, late
from toolpost_gateway.loop.allowance import Allowance
from toolpost_gateway.loop.answered import Answered
from toolpost_gateway.loop.approving import Approvals
from toolpost_gateway.loop.calling import Caller
from toolpost_gateway.loop.carrying import Carried, Carrying, turn_of
from toolpost_gateway.loop.catalogue import Shelf
from toolpost_gateway.loop.history import check, ids_in, mended
from toolpost_gateway.loop.memory import Memory
from toolpost_gateway.loop.model import Model
from toolpost_gateway.loop.offering import approvals, missing, offered, schemes
from toolpost_gateway.loop.once import Once
from toolpost_gateway.loop.pictures import is_formed
from toolpost_gateway.loop.run import Run
from toolpost_gateway.loop.step import Steps
from toolpost_gateway.loop.tally import Tally
from toolpost_gateway.loop.terms import Terms
from toolpost_gateway.loop.toolbox import Toolbox
from toolpost_gateway.loop.voice import Voice
from toolpost_gateway.talk import Approver, Emit, Lender, Loader, Outcome, Request
from toolpost_openai import OpenAI

TWO_TURNS = (
    "the approvals {ids} are about two turns, and only one can be gone on with: none was taken up; send the answers "
    "about each turn in a request of its own"
)
TOO_LATE = "the call that was approved is not known any more, so it was not made"


class Loop:
    """Answers requests with a model that uses the host's tools; one for all requests.

    What a caller cannot send back of a turn waits in the `store`, or without
    one in the memory of this process. The `loader` loads pictures that messages name,
    the `lender` makes links to those that tools have made.
    """

    def __init__(
        self,
        host: Host,
        openai: OpenAI,
        terms: Terms,
        store: Store | None = None,
        loader: Loader | None = None,
        lender: Lender | None = None,
    ) -> None:
        self._host, self._terms, self._lender = host, terms, lender
        self._model = Model(host, openai, terms.seconds, loader)
        self._shelf = Shelf(host)
        self._space: Space | Memory = Memory() if store is None else store.space("gateway")
        self._carrying = Carrying(self._space)
        self._once = Once(self._space, terms.seconds)

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
        in_pieces: bool = True,
    ) -> Outcome:
        """Answer a request; `emit` hears of everything as it happens, and by raising ends it.

        `said` is extended by what belongs to the history, a complete step at
        a time, so that it is valid whatever happens then. Who does not want it
        `in_pieces` hears each turn's text at once.

        Raises:
            ToolError: the model cannot be asked, or its answer broke off.
        """

        async def work(emit: Emit, said: list[Any] | None) -> Outcome:
            return await self._heard(request, context, emit, approver, said, in_pieces)

        with anyio.move_on_after(self._terms.seconds):
            if request.key:
                return await self._once.answer(context.principal, request, emit, said, work)
            return await work(emit, said)
        seconds = self._terms.seconds
        raise late(f"the answer was not finished within {seconds:g} s, and was stopped", seconds)

    async def _heard(
        self,
        request: Request,
        context: Context,
        emit: Emit,
        approver: Approver | None,
        said: list[Any] | None,
        in_pieces: bool,
    ) -> Outcome:
        """The answer; what `emit` raises comes back as it was."""
        voice = Voice(emit, reserved=is_formed(request.settings), in_pieces=in_pieces)
        try:
            return await self._outcome(request, context, voice, approver, said)
        except Exception as error:
            if voice.broken is not None:
                raise voice.broken from None
            if isinstance(error, ExceptionGroup):
                # Calls that run at once end in one.
                raise alone(error) from None
            raise

    async def _outcome(
        self, request: Request, context: Context, voice: Voice, approver: Approver | None, said: list[Any] | None
    ) -> Outcome:
        check(request.messages)
        tools = self.offered(context, request)
        opened = await self._opened(request, context)
        settled = {*request.decided, *ids_in([opened.message])} if opened is not None else ()
        messages = mended(await self._carrying.restored(context.principal, request.messages, settled))
        taken = [function.name for function in request.functions]
        toolbox = Toolbox(self._shelf, await self._shelf.catalogue(tools, taken), taken, self._terms.most_tools)
        tally = Tally(dict.fromkeys([*missing(tools, request.chosen), *toolbox.notes]), said=said)
        if request.decided and opened is None:
            tally.note(TOO_LATE)
        answered = Answered(self._space, context.principal)
        said_of = approvals(tools, request.chosen)
        deciding = Approvals(self._terms, said_of, approver, messages, voice, answered.recalls, schemes(self._host))
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
            lender=self._lender,
        )
        outcome = await run.outcome(opened)
        if deciding.outside and outcome.text:
            await answered.remember(outcome.text)
        return outcome

    async def _opened(self, request: Request, context: Context) -> Carried | None:
        """The turn that waited for what is decided now.

        Raises:
            InvalidArguments: there are two of them.
        """
        who = context.principal
        waiting = [one for one in request.decided if await self._carrying.waits(who, one)]
        if len({turn_of(one) for one in waiting}) > 1:
            raise InvalidArguments(TWO_TURNS.format(ids=" and ".join(waiting[:4])))
        return await self._carrying.take(who, waiting[0]) if waiting else None
