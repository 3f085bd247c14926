"""What becomes of what was found: noted, marked or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from hashlib import blake2b

from toolpost.errors import Refused, ToolError
from toolpost.middleware.injection.detector import Detector
from toolpost.middleware.injection.examine import Examined
from toolpost.middleware.injection.marking import Mark, listed
from toolpost.middleware.injection.passage import Passage
from toolpost.middleware.injection.trust import Trust
from toolpost.tools.call import ToolCall, ToolResult
from toolpost.tools.context import Context, Report
from toolpost.tools.tool import Tool

LAYER = "injection"


class Decisions:
    """The operator's settings, applied."""

    def __init__(self, results: str, trust: Trust, *, refuses_arguments: bool) -> None:
        self.results, self.trust, self.refuses_arguments = results, trust, refuses_arguments

    def digest(self, *more: str) -> str:
        """A short name for these settings, which answers depend on."""
        said = "\n".join([str(self.refuses_arguments), self.results, self.trust.settings, *more])
        return blake2b(said.encode(), digest_size=6).hexdigest()

    def marks(self, tool: Tool) -> bool:
        """Whether the results of a tool are data from outside, whatever is in them."""
        if self.results == "observe":
            return False
        return self.trust.is_named(tool) or (tool.open_world is True and not self.trust.trusts(tool))

    def arguments(self, call: ToolCall, flags: Counter[str]) -> None:
        """Note what arguments are, or refuse them."""
        if flags:
            call.context.note(LAYER, "in arguments", decision="flagged", counts=flags)
        if flags and self.refuses_arguments:
            call.context.note(LAYER, "arguments", decision="refused")
            raise Refused(f"the arguments of {call.tool.name} hold what looks like an attack ({listed(flags)})")

    def result(self, call: ToolCall, examined: Examined[ToolResult]) -> ToolResult:
        """The result as the model may have it."""
        self._note(call.context, "in result", examined.stripped, examined.flags)
        if examined.flags and self.results == "refuse":
            call.context.note(LAYER, "result", decision="refused")
            raise Refused(
                f"the result of {call.tool.name} is withheld: it looks like an attack ({listed(examined.flags)})"
            )
        if not self._is_marked(call.tool, examined.flags):
            return examined.value
        return self.marked(call, examined.value, examined.flags)

    def marked(self, call: ToolCall, result: ToolResult, flags: Collection[str] = ()) -> ToolResult:
        """The result between marks, of whatever classes it is."""
        call.context.note(LAYER, "result", decision="marked")
        return Mark(call.tool, flags).result(result)

    def own(self, call: ToolCall, examined: Examined[ToolResult]) -> ToolResult:
        """The answer of the model that a person talks to: whatever it says, that is what was asked for."""
        self._note(call.context, "in answer", examined.stripped, Counter())
        return examined.value

    def error(self, call: ToolCall, error: ToolError, examined: Examined[str]) -> ToolError:
        """The error as the model may read it, of the same kind."""
        self._note(call.context, "in error", examined.stripped, examined.flags)
        if examined.flags and self.results == "refuse":
            call.context.note(LAYER, "error", decision="refused")
            return error.with_text(f"{call.tool.name} failed, and why is withheld: it looks like an attack")
        if not self._is_marked(call.tool, examined.flags):
            return error if examined.value == str(error) else error.with_text(examined.value)
        mark = Mark(call.tool, examined.flags)
        call.context.note(LAYER, "error", decision="marked")
        marked = error.with_text(mark.around(examined.value))
        marked.meta = {**error.meta, **mark.meta}
        return marked

    def quiet(self, context: Context, report: Report, examine: Callable[[str], Examined[str]]) -> Report:
        """Progress whose messages are stripped, and not sent where they are flagged and that is refused."""

        async def quiet(done: float, total: float | None, message: str | None) -> None:
            if message:
                message, stripped, flags = examine(message)
                self._note(context, "in progress", stripped, flags)
                if flags and self.results == "refuse":
                    message = None
            await report(done, total, message)

        return quiet

    def passage(self, call: ToolCall, rules: Detector) -> Passage:
        """The filter for text that is sent bit by bit."""
        if call.tool.kind == "model":
            return Passage(lambda text: (), lambda flags: None, lambda stripped: self._own_stream(call, stripped), None)

        def decide(flags: Collection[str]) -> None:
            self._note(call.context, "in stream", Counter(), Counter(flags))
            if self.results == "refuse":
                call.context.note(LAYER, "stream", decision="refused")
                raise Refused(f"the answer of {call.tool.name} is cut off: it looks like an attack ({listed(flags)})")

        def done(stripped: Counter[str]) -> None:
            self._note(call.context, "in stream", stripped, Counter())

        mark = Mark(call.tool) if self.marks(call.tool) else None
        return Passage(lambda text: rules.look(text).flags, decide, done, mark)

    def _own_stream(self, call: ToolCall, stripped: Counter[str]) -> None:
        self._note(call.context, "in stream", stripped, Counter())

    def _is_marked(self, tool: Tool, flags: Counter[str]) -> bool:
        return self.results != "observe" and (bool(flags) or self.marks(tool))

    def _note(self, context: Context, where: str, stripped: Counter[str], flags: Counter[str]) -> None:
        if stripped:
            context.note(LAYER, where, decision="stripped", counts=stripped)
        if flags:
            context.note(LAYER, where, decision="flagged", counts=flags)
