"""The calls of one turn: sorted, approved, made several at once, and each answered, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from toolpost import InvalidArguments, Unavailable
from toolpost_gateway.loop.allowance import Allowance
from toolpost_gateway.loop.approving import Approvals
from toolpost_gateway.loop.calling import Caller, Due, Pending, arguments_of
from toolpost_gateway.loop.catalogue import print_of
from toolpost_gateway.loop.decision import Answer, Decision, refusal
from toolpost_gateway.loop.history import Message
from toolpost_gateway.loop.labels import ALL, label_of
from toolpost_gateway.loop.results import Came, failed, message
from toolpost_gateway.loop.toolbox import Toolbox
from toolpost_gateway.loop.voice import Voice
from toolpost_gateway.talk import Approve, Began, Ended, Picture
from toolpost_openai.turns import Invocation

OUT_OF_TIME = "it was stopped, since the time for this answer is over"
CHANGED = "was not called: it is not the tool any more that a person was asked about. Call it anew if it is needed."
AGAIN = (
    "was not called again: it was called with these very arguments in each of the last rounds. Stop calling it so; "
    "use what it answered, or answer without."
)


@dataclass
class Step:
    """What has come of the calls of one turn: their answers by id, and those that wait for a yes.

    Where some wait, `prints` say of which tools the calls are.
    """

    answers: dict[str, Message] = field(default_factory=dict)
    pending: list[Approve] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    dollars: float = 0.0
    notes: list[str] = field(default_factory=list)
    prints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Steps:
    """What all turns of a request need for their calls."""

    toolbox: Toolbox
    caller: Caller
    approvals: Approvals
    allowance: Allowance
    voice: Voice
    at_once: int

    async def take(
        self,
        calls: Sequence[Invocation],
        decided: Mapping[str, bool],
        answers: Mapping[str, Message],
        prints: Mapping[str, str] | None = None,
    ) -> Step:
        """Have these calls made that are not answered yet; none is, as long as one of them waits for a yes.

        `prints` are of the tools that a person was asked about: no others are called.
        """
        step, due = Step(dict(answers)), []
        self.approvals.outside |= bool(answers)
        for call in calls:
            if call.id in step.answers:
                continue
            if prints is not None and prints.get(call.id) != self._print(call):
                self._refused(step, call, f"{call.name[:64]} {CHANGED}")
            elif ready := await self._ready(step, call, decided.get(call.id)):
                due.append(ready)
        self.allowance.made((call.name, _loose(call)) for call in calls)
        if not step.pending:
            await self._make(step, due)
        if step.pending:
            step.prints = {call.id: self._print(call) for call in calls}
        return step

    def _print(self, call: Invocation) -> str:
        tool = self.toolbox.tool(call.name)
        return "" if tool is None else print_of(tool)

    async def _ready(self, step: Step, call: Invocation, said: bool | None) -> Due | None:
        """The call if it is to be made; otherwise it is answered, or waits."""
        tool = self.toolbox.tool(call.name)
        if call.name == self.toolbox.find_name and tool is None:
            await self._search(step, call)
            return None
        try:
            if tool is None:
                raise self.caller.unknown(call.name, list(self.toolbox.names)[:50])
            due = Due(call, tool, arguments_of(call), said is True)
        except (InvalidArguments, Unavailable) as error:
            self._refused(step, call, str(error))
            return None
        if self.allowance.repeats(call.name, due.arguments):
            self._refused(step, call, f"{tool.name} {AGAIN}")
            return None
        if (decision := await self._decision(due, said)).answer is Answer.LATER:
            step.pending.append(Approve(call, tool.name, label_of(tool), decision.why))
            return None
        if decision.answer is not Answer.YES:
            self._refused(step, call, refusal(tool, decision))
            return None
        return Due(call, tool, due.arguments, said is True or bool(decision.why))

    async def _decision(self, due: Due, said: bool | None) -> Decision:
        if said is not None:
            return Decision(Answer.YES if said else Answer.NO)
        if not (why := await self.approvals.why(due.tool, due.arguments)):
            return Decision(Answer.YES)
        return Decision(await self.approvals.ask(due.tool, due.arguments, why), why)

    async def _search(self, step: Step, call: Invocation) -> None:
        began = anyio.current_time()
        query = _loose(call).get("query")
        await self.voice(Began(call.id, call.name, ALL, call.arguments))
        found = self.toolbox.said(await self.toolbox.look(query if isinstance(query, str) else ""))
        await self.voice(Ended(call.id, call.name, found, False, anyio.current_time() - began))
        self.approvals.outside = True
        step.answers[call.id] = message(call.id, Came(content=found, text=found))

    def _refused(self, step: Step, call: Invocation, why: str) -> None:
        step.answers[call.id] = message(call.id, failed(why))

    async def _make(self, step: Step, due: Sequence[Due]) -> None:
        """Make calls at once, as many as may be, until the time is over."""
        came: dict[str, Came | Pending] = {}
        admitted = [one for one in due if self.allowance.admits_call()]
        with anyio.CancelScope(deadline=self.allowance.deadline):
            await self._at_once(admitted, came)
        for one in due:
            found = came.get(one.invocation.id)
            if found is None:
                found = await self._unmade(one, is_late=one in admitted)
            self._add(step, one, found)

    async def _at_once(self, due: Sequence[Due], came: dict[str, Came | Pending]) -> None:
        places = anyio.CapacityLimiter(self.at_once)

        async def make(one: Due) -> None:
            async with places:
                came[one.invocation.id] = await self.caller.make(one)

        if len(due) == 1:
            await make(due[0])
            return
        async with anyio.create_task_group() as tasks:
            for one in due:
                tasks.start_soon(make, one)

    async def _unmade(self, due: Due, *, is_late: bool) -> Came:
        if not is_late:
            return failed(f"{due.tool.name} was not called: no more calls may be made for this answer")
        found = failed(f"{due.tool.name} did not finish: {OUT_OF_TIME}")
        await self.voice(Ended(due.invocation.id, due.tool.name, found.text, True, 0.0))
        return found

    def _add(self, step: Step, due: Due, found: Came | Pending) -> None:
        if isinstance(found, Pending):
            step.pending.append(Approve(due.invocation, due.tool.name, label_of(due.tool), found.why))
            return
        self.approvals.outside = True
        step.answers[due.invocation.id] = message(due.invocation.id, found)
        step.pictures += found.pictures
        step.notes += [found.note] if found.note else []
        step.dollars += found.dollars or 0.0


def _loose(call: Invocation) -> dict[str, Any]:
    """The arguments of a call, for comparing; none where they are none."""
    try:
        return arguments_of(call)
    except InvalidArguments:
        return {"": call.arguments}
