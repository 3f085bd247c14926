"""The end of a request whose last turn is not complete: the caller has something to do first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from toolpost_gateway.loop.answer import message
from toolpost_gateway.loop.carrying import Carried, Carrying, token_and_ids
from toolpost_gateway.loop.step import Step
from toolpost_gateway.loop.tally import Tally
from toolpost_gateway.loop.voice import Voice
from toolpost_gateway.talk import Outcome, Wanted
from toolpost_openai.turns import Invocation, Said


@dataclass(frozen=True)
class Handing:
    """Hands a turn over to the caller, and keeps what the caller cannot bring back."""

    principal: str
    voice: Voice
    tally: Tally
    carrying: Carrying

    async def over(self, said: Said, step: Step, wanted: Sequence[Invocation]) -> Outcome:
        """The caller's functions are called: it makes these calls, and comes back with their results."""
        new: Mapping[str, str] = {}
        if step.answers or self.tally.steps or said.kept:
            new = await self._kept(said, step, wanted)
        theirs = [_called(call, new) for call in wanted]
        for call in theirs:
            await self.voice(Wanted(call))
        turn = replace(said, invocations=tuple(_called(call, new) for call in said.invocations))
        messages = [message(replace(turn, kept=() if new else said.kept)), *step.answers.values()]
        return self.tally.outcome(self.voice.text, messages, finish_reason="tool_calls", wanted=tuple(theirs))

    async def waits(self, said: Said, step: Step, decided: Mapping[str, bool]) -> Outcome:
        """The turn waits as a whole until somebody says yes or no to some of its calls."""
        new = await self._kept(said, step, [one.invocation for one in step.pending], decided)
        approvals = [replace(one, invocation=_called(one.invocation, new)) for one in step.pending]
        for one in approvals:
            await self.voice(one)
        return self.tally.outcome(self.voice.text, finish_reason="stop", approvals=tuple(approvals))

    async def _kept(
        self, said: Said, step: Step, calls: Sequence[Invocation], decided: Mapping[str, bool] | None = None
    ) -> Mapping[str, str]:
        """Keep the turn; the new ids of these calls by their old ones."""
        token, ids = token_and_ids([call.id for call in calls])
        waits = decided is not None
        carried = Carried(
            [*self.tally.before, *self.tally.steps],
            message(said),
            step.answers,
            ids,
            waits,
            decided or {},
            step.prints,
        )
        await self.carrying.keep(self.principal, carried, token)
        return {old: public for public, old in ids.items()}


def _called(call: Invocation, new: Mapping[str, str]) -> Invocation:
    return replace(call, id=new.get(call.id, call.id))
