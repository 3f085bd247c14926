"""One request on its way: the model is asked, its calls are made, and it is asked again, until it has answered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from toolpost import Context
from toolpost_gateway.loop.admitting import admitted
from toolpost_gateway.loop.answer import message, rewritten, usage_of
from toolpost_gateway.loop.carrying import Carried, Carrying
from toolpost_gateway.loop.handing import Handing
from toolpost_gateway.loop.history import Message, ids_in, last_words
from toolpost_gateway.loop.model import Model, Question, name_of, new_name
from toolpost_gateway.loop.pictures import Shown
from toolpost_gateway.loop.step import Steps
from toolpost_gateway.loop.tally import Tally
from toolpost_gateway.loop.terms import Terms
from toolpost_gateway.loop.voice import BETWEEN, Voice
from toolpost_gateway.talk import Lender, Outcome, Request
from toolpost_openai.turns import Invocation, Said

NONE, AUTO, REQUIRED = "none", "auto", "required"
UNPRICED = "the price of this model is not known, so the limit of {dollars:g} dollars does not hold for it"
# Ids as providers make them, which goes on to callers as it is; those of turns that wait are ours alone to give.
ID = re.compile(r"(?!call_toolpost_)[A-Za-z0-9_.:-]{1,64}")


class Run:
    """The state of one request between the turns of the model."""

    def __init__(
        self,
        request: Request,
        context: Context,
        messages: Sequence[Message],
        *,
        terms: Terms,
        model: Model,
        voice: Voice,
        steps: Steps,
        tally: Tally,
        carrying: Carrying,
        lender: Lender | None,
    ) -> None:
        self._request, self._context, self._terms = request, context, terms
        self._messages = list(messages)
        self._model, self._voice, self._steps = model, voice, steps
        self._tally = tally
        self._handing = Handing(context.principal, voice, tally, carrying)
        self._theirs = {function.name for function in request.functions}
        self._shown = Shown(terms, request, context.principal, lender)
        self._ids = ids_in(messages)
        self._loaded: dict[str, str] = {}
        self._choice = steps.toolbox.choice(request.choice)

    async def outcome(self, opened: Carried | None) -> Outcome:
        """How it ends; `opened` is a turn whose calls waited for a yes."""
        await self._steps.toolbox.look(last_words(self._messages))
        if opened is not None and (ended := await self._resumed(opened)):
            return ended
        while True:
            said = await self._asked()
            await self._voice.settle(is_answer=not said.invocations)
            if not said.invocations:
                return await self._finished(said)
            if ended := await self._went_on(said, {}, {}, None):
                return ended

    async def _asked(self) -> Said:
        """The next turn of the model; after the last that it may have, it is to answer with what it has."""
        toolbox, allowance = self._steps.toolbox, self._steps.allowance
        limit = allowance.over()
        allowance.rounds += 1
        functions = toolbox.functions()
        question = Question(
            self._request,
            [*self._messages, *self._tally.steps],
            functions,
            model=self._terms.model,
            choice=NONE if limit and (functions or self._theirs) else self._choice,
            name=self._named(f"question {allowance.rounds}") if self._request.key else "",
            loaded=self._loaded,
        )
        self._voice.next_round(may_call=bool(functions or self._theirs) and question.choice != NONE)
        said = self._unique(await self._model.ask(question, self._context, self._voice))
        self._tally.add(said)
        self._count(self._model.dollars(usage_of(said), question.arguments))
        if limit:
            self._tally.note(f"{limit} is reached, so the model answered with what it had")
        return admitted(said, self._tally, is_last=bool(limit), may_call=self._choice != NONE)

    def _count(self, dollars: float | None) -> None:
        self._steps.allowance.dollars += dollars or 0.0
        if dollars is None and self._terms.dollars:
            self._tally.note(UNPRICED.format(dollars=self._terms.dollars))

    async def _went_on(
        self,
        said: Said,
        decided: Mapping[str, bool],
        answers: Mapping[str, Message],
        prints: Mapping[str, str] | None,
    ) -> Outcome | None:
        """Have the calls of a turn made; None where the model is to be asked again."""
        wanted = [call for call in said.invocations if call.name in self._theirs]
        ours = [call for call in said.invocations if call.name not in self._theirs]
        step = await self._steps.take(ours, decided, answers, prints)
        self._shown.add(step.pictures)
        self._tally.note(*step.notes)
        self._steps.allowance.dollars += step.dollars
        if step.pending:
            return await self._handing.waits(said, step, decided)
        if wanted:
            return await self._handing.over(said, step, wanted)
        self._tally.close(message(said), *(step.answers[call.id] for call in ours))
        if self._choice not in (NONE, AUTO):
            # It has called what it had to, and would for ever.
            self._choice = AUTO
        return None

    async def _finished(self, said: Said) -> Outcome:
        if links := await self._shown.missing_in(self._voice.text):
            self._voice.next_round()
            await self._voice.say(links)
            said = replace(said, text=f"{said.text}{BETWEEN}{links}" if said.text else links)
        self._tally.close(message(said))
        self._tally.last = said
        return self._tally.outcome(self._voice.text)

    async def _resumed(self, opened: Carried) -> Outcome | None:
        decided = {opened.ids[public]: yes for public, yes in self._request.decided.items() if public in opened.ids}
        if not ids_in(opened.before) & self._ids:
            self._messages += opened.before
        self._ids |= ids_in([*opened.before, opened.message])
        self._tally.before = opened.before
        said = _turn(opened.message)
        self._steps.caller.goes_on({old: public for public, old in opened.ids.items() if old in decided})
        return await self._went_on(said, {**opened.decided, **decided}, opened.done, opened.prints)

    def _unique(self, said: Said) -> Said:
        """The turn with an id of its own for each call: some servers give none, the same again, or what is none."""
        ids = [self._own_id(call.id) for call in said.invocations]
        named = zip(said.invocations, ids, strict=True)
        calls = tuple(replace(call, id=id, arguments=self._same(call.arguments)) for call, id in named)
        # What is opaque names its calls by the ids that they had.
        is_known = ids == [call.id for call in said.invocations]
        return replace(said, invocations=calls, kept=said.kept if is_known else ())

    def _own_id(self, given: str) -> str:
        if given in self._ids or not ID.fullmatch(given):
            given = f"call_{self._named(f'call {len(self._ids)}')}"
        self._ids.add(given)
        return given

    def _same(self, arguments: str) -> str:
        # Of a request that comes again, each question must be the same, from wherever the answer before it came.
        return rewritten(arguments) if self._request.key else arguments

    def _named(self, what: str) -> str:
        key = self._request.key
        return name_of(f"{what} {key}") if key else new_name()


def _turn(spoken: Message) -> Said:
    """The turn that a message of the assistant stands for."""
    called = [(one["id"], one["function"]) for one in spoken["tool_calls"]]
    return Said(
        model="",
        provider="",
        finish_reason="tool_calls",
        text=spoken.get("content") or "",
        invocations=tuple(Invocation(id, one["name"], one["arguments"]) for id, one in called),
        kept=tuple(spoken.get("kept", ())),
    )
