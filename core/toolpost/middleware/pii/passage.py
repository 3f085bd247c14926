"""One call on its way through the layer: what was found in it, and which placeholders stand for what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

from toolpost.errors import Refused, ToolError
from toolpost.middleware.pii.content import rewritten
from toolpost.middleware.pii.fitting import compiled
from toolpost.middleware.pii.masking import Masking
from toolpost.middleware.pii.placeholders import Placeholders
from toolpost.middleware.pii.policy import DONE, Policy, listed
from toolpost.middleware.pii.tree import Rewriting, texts
from toolpost.middleware.pii.working import Value, in_thread, run
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Ask, Report


class Passage:
    """A call's way through the layer; made for each call, so making it must cost next to nothing."""

    __slots__ = ("_placeholders", "_surroundings", "call", "policy")

    def __init__(self, policy: Policy, call: ToolCall) -> None:
        self.policy, self.call = policy, call
        self._placeholders: Placeholders | None = None

    @property
    def placeholders(self) -> Placeholders:
        """The placeholders of this call, which end with it."""
        if self._placeholders is None:
            self._placeholders = Placeholders()
        return self._placeholders

    @property
    def restores(self) -> bool:
        """Whether a result may hold placeholders to be undone."""
        return self._placeholders is not None and bool(self._placeholders.originals)

    def masking(self, direction: str) -> Masking:
        """How this call's texts are masked that go in a direction."""
        return self.policy.masking(direction, self.placeholders)

    async def arguments(self, arguments: dict[str, Any], size: float) -> ToolCall:
        """The call with clean arguments."""
        rewriting, clean = await run(size, self.rewrite_arguments, arguments)
        if not rewriting.counts:
            return self.call
        self._decide("arguments", rewriting, "arguments", f"the arguments of {self.call.tool.name}")
        self.policy.fitting.arguments(self.call.tool, arguments, clean, rewriting)
        return replace(self.call, arguments=clean)

    def rewrite_arguments(self, arguments: dict[str, Any]) -> tuple[Rewriting, Any]:
        """Clean arguments, and what was found in them."""
        self.placeholders.avoid(texts(arguments))
        rewriting = Rewriting(self.masking("arguments"))
        return rewriting, rewriting.value(arguments)

    async def result(self, result: ToolResult, size: float) -> ToolResult:
        """The clean result, with the caller's own values in it again."""
        rewriting = Rewriting(self.masking("results"))
        clean = await run(size, partial(rewritten, rewrites=rewriting), result)
        tool = self.call.tool
        if rewriting.counts:
            self._decide("results", rewriting, "result", f"the result of {tool.name}")
            if not result.is_error and clean.structured != result.structured:
                fitting = self.policy.fitting.result(tool, result.structured, clean.structured, rewriting)
                clean = replace(clean, structured=fitting)
        else:
            clean = result
        return self.restored(clean) if self.restores else clean

    async def error(self, error: ToolError) -> ToolError:
        """The error with clean words; placeholders stay in it, since errors are logged."""
        text, rewriting = str(error), Rewriting(self.masking("results"))
        clean = await run(self.policy.work(text), rewriting.text, text)
        meta = rewriting.value(dict(error.meta)) if error.meta else error.meta
        if not rewriting.counts:
            return error
        self._decide("results", rewriting, "error", f"the error of {self.call.tool.name}")
        cleaned = error.with_text(clean)
        cleaned.meta = meta
        return cleaned

    def enter(self, *, shown: bool, answered: bool) -> None:
        """From here on, what the tool says and asks while it runs passes the layer."""
        context = self.call.context
        self._surroundings = context.report, context.question, context.peer
        if context.report is not None and shown:
            context.report = self._report(context.report)
        asking = partial(self._asking, shown=shown, answered=answered)
        if context.question is not None:
            context.question = asking(context.question)
        if context.peer is not None:
            from toolpost.middleware.pii.peer import Clean

            line, out = (self._texts(clean if shown else str) for clean in (self._line, self._words))
            context.peer = Clean(context.peer, line, out, self._texts(self._given if answered else str), asking)

    def leave(self) -> None:
        """The call has ended."""
        context = self.call.context
        context.report, context.question, context.peer = self._surroundings

    def _report(self, report: Report) -> Report:
        async def clean(done: float, total: float | None, message: str | None) -> None:
            await report(done, total, await self._work(lambda: self._shown(message)) if message else message)

        return clean

    def _asking(self, question: Ask, *, shown: bool, answered: bool) -> Ask:
        from toolpost.middleware.pii.asking import asking

        words = self._words if shown else str
        return asking(question, self._work, words, self._answered if answered else lambda given, _: given)

    def _texts(self, clean: Callable[[str], str]) -> Callable[[list[str]], Awaitable[list[str]]]:
        """What cleans several texts at once."""

        async def texts(given: list[str]) -> list[str]:
            return [await self._work(partial(clean, text)) for text in given]

        return texts

    async def _work(self, function: Callable[[], Value]) -> Value:
        """Work on a short text: here, or in a thread where a recogniser has a part in it."""
        if self.policy.finder.recogniser is None:
            return function()
        done: Value = await in_thread(lambda _: function(), None, recognises=True)
        return done

    def _line(self, text: str) -> str:
        """A text for a log: what stands there, stays."""
        return self.masking("results").text(text)[0] if self.policy.finder.suspects(text) else text

    def _shown(self, text: str) -> str:
        """A text for the person at the client, masked where it cannot be refused any more."""
        text = self._line(text)
        return self.placeholders.text(text) if self.restores else text

    def _words(self, text: str) -> str:
        """What the tool asks the client for; it can still be refused."""
        if not self.policy.finder.suspects(text):
            return self.placeholders.text(text) if self.restores else text
        rewriting = Rewriting(self.masking("results"))
        clean = rewriting.text(text, depth=0)
        if rewriting.counts:
            self._decide("results", rewriting, "question", f"the questions of {self.call.tool.name}")
        return self.placeholders.text(clean)

    def _given(self, text: str) -> str:
        """A text with which the client answers."""
        return str(self._answered({"text": text}, {})["text"])

    def _answered(self, given: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        rewriting, clean = self.rewrite_arguments(given)
        if not rewriting.counts:
            return given
        self._decide("arguments", rewriting, "answer", "the answers")
        form = compiled(schema, "the form")
        if form.is_valid(given) and not form.is_valid(clean):
            types = " and ".join(sorted(rewriting.counts))
            raise Refused(f"the answer holds {types}, and the form of {self.call.tool.name} allows no mask there")
        return dict(clean)

    def restored(self, result: ToolResult) -> ToolResult:
        """The result with the caller's own values again, but for structured content that they would break."""
        restored, tool = rewritten(result, self.placeholders), self.call.tool
        if not result.is_error and not self.policy.fitting.allows(tool, restored.structured):
            restored = replace(restored, structured=result.structured)
        if restored != result:
            self.call.context.note("pii", "put the caller's values back into result", decision="restored")
        return restored

    def _decide(self, direction: str, rewriting: Rewriting, where: str, what: str) -> None:
        refused = self.policy.refused(direction, rewriting.counts)
        self.call.context.note(
            "pii",
            f"{self.policy.summary(direction, rewriting.counts, DONE)} in {where}",
            decision="refused" if refused else "masked",
            counts=dict(rewriting.counts),
        )
        if refused:
            raise Refused(f"{what} hold {listed(refused)} in {listed(rewriting.places)}; leave it out and try again")
