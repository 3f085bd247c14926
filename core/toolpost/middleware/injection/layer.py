"""The `injection` layer: text from outside is stripped, flagged and marked before a model reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from toolpost.changes import Changes
from toolpost.errors import ToolError
from toolpost.folders import Folders
from toolpost.hookspecs import hookimpl
from toolpost.middleware.injection.approval import approvals, pins_of
from toolpost.middleware.injection.content import at_sight, given, joined, may_escape
from toolpost.middleware.injection.decision import Decisions
from toolpost.middleware.injection.examine import Examiner, unhurried
from toolpost.middleware.injection.marking import listed
from toolpost.middleware.injection.passage import Passage
from toolpost.middleware.injection.review import Review
from toolpost.middleware.injection.trust import BUNDLED, Trust
from toolpost.middleware.look import Looks
from toolpost.middleware.unknown import NOTHING, Expected, bringer
from toolpost.plugins.unlisted import MODEL
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.doubt import Doubt
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    import click

# Plugins whose answers others wrote, by what they do: servers of other people behind this one, and rows of a database.
OUTSIDE = ("upstream", "sqlite")


@dataclass
class Injection:
    """Keeps what tools return, and what they say of themselves, from passing for the user's instructions.

    `results` says what becomes of those that are flagged: `observe` notes it,
    `mark` also puts marks around them, `refuse` refuses them. Marks also
    stand around the results of `untrusted` plugins and tools, and of tools
    that say of themselves that they reach the outside world, unless their
    distribution is `trusted`. `arguments` are observed or refused, and
    `descriptions` flagged or refused. What nobody sees is always stripped
    from results, errors and descriptions.

    The `detector` is the rules, or the rules and a small model, which flags
    from a `threshold` on. With `pins` a definition of a tool that changes
    waits for the operator, unless its distribution is trusted, or installed
    editable and pins are not `strict`. Tools in `exempt` are left alone. Texts that a layer of `looks` passes over are
    looked at in the same pass.
    """

    folders: Folders | None = None
    changes: Changes | None = None
    looks: Looks | None = None
    arguments: Literal["observe", "refuse"] = "observe"
    results: Literal["observe", "mark", "refuse"] = "mark"
    descriptions: Literal["flag", "refuse"] = "flag"
    detector: Literal["rules", "model"] = "rules"
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.98
    trusted: list[str] = field(default_factory=lambda: [BUNDLED])
    untrusted: list[str] = field(default_factory=lambda: [*OUTSIDE])
    exempt: list[str] = field(default_factory=list)
    pins: bool | Literal["strict"] = True

    # What it does is bounded by the size of arguments and results, and grows linearly with it.
    patience = None

    def __post_init__(self) -> None:
        self._examiner = Examiner(self.threshold if self.detector == "model" else None, self.looks)
        self._judged = self.detector == "model"
        trust = Trust(self.trusted, self.untrusted)
        self._decisions = Decisions(self.results, trust, refuses_arguments=self.arguments == "refuse")
        self.policy = self._decisions.digest(self.detector, str(self.threshold), *self.exempt)
        pins = pins_of(self.folders) if self.pins and self.folders is not None else None
        self.review = Review(
            pins, trust, self.exempt, refuses=self.descriptions == "refuse", strict=self.pins == "strict"
        )

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        """`toolpost tools review` and `toolpost tools approve`."""
        from toolpost.middleware.injection.commands import add

        add(cli, self.review)

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Write down what was pinned at start, and watch for approvals while a tool is withheld."""
        async with approvals(self, self.review, self.changes):
            yield

    def applies_to(self, tool: Tool) -> bool:
        """Whether the layer stands around a tool."""
        return tool.name not in self.exempt

    def offered(self, tool: Tool) -> Tool | None:
        """The tool without what is hidden in its words; None while its definition waits for approval."""
        return self.review.offered(tool)

    def doubts(self, tools: Collection[Tool], plugins: Iterable[str], expected: Expected = NOTHING) -> Iterator[str]:
        """What `toolpost doctor` should say of the tools, and of names in the settings that nothing has."""
        yield from self.review.doubts()
        known = {*plugins, *(tool.name for tool in tools), *(name for _, name in self.review.withheld), MODEL}
        for key, names in (("exempt", self.exempt), ("untrusted", self.untrusted)):
            for name in (name for name in names if name not in (*known, *OUTSIDE)):
                plugin = bringer(name, expected)
                yet = f" yet; plugin {plugin!r} may bring it when toolpost runs" if plugin else ""
                text = f"no tool or plugin is called {name!r}, which `{key}` names{yet}"
                yield Doubt(text, (key,), note=bool(plugin))

    def withholds(self) -> Iterator[tuple[str, str, str]]:
        """The tools that are withheld now, each with its plugin, and why and what to do about it."""
        yield from self.review.withholds()

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on, and answer with a result or an error that cannot pass for instructions unnoticed."""
        if call.tool.kind == "model":
            return await self._own(call, call_next)
        if self._examiner.minds(given(call.arguments.values())):
            await self._arguments(call, joined(call.arguments.values()))
        report = call.context.report
        if report is not None:
            call.context.report = self._decisions.quiet(call.context, report, self._examiner.text)
        try:
            result = await call_next(call)
        except ToolError as error:
            shown = await self._error(call, error)
            if shown is error:
                raise
            raise shown from None
        finally:
            call.context.report = report
        seen = at_sight(result)
        if not self._examiner.minds(seen):
            if not self._decisions.marks(call.tool):
                return result
            if not may_escape(seen):
                return self._decisions.marked(call, result)
        examined = await unhurried(len(seen), self._judged, self._examiner.result, result)
        return self._decisions.result(call, examined)

    def stream(self, call: ToolCall) -> Passage:
        """What a text that is sent bit by bit passes; the small model does not see it."""
        return self._decisions.passage(call, self._examiner.rules)

    def explain(self, call: ToolCall) -> str:
        """What the layer would do with these arguments, and with the result."""
        if call.tool.kind == "model":
            return "would strip the answer"
        found = self._examiner.flags(joined(call.arguments.values()).decode("utf-8", "surrogatepass"))
        arguments = f"the arguments are flagged ({listed(found)})" if found else "nothing in the arguments"
        if found and self.arguments == "refuse":
            return f"would refuse: {arguments}"
        marks = ", and mark it as data from outside" if self._decisions.marks(call.tool) else ""
        return f"{arguments}; would strip the result, {self.results} it where it is flagged{marks}"

    async def _own(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """A question to a model and its answer: its parts were looked at as they came, and the answer is for a person.

        What is hidden in it is stripped all the same.
        """
        result = await call_next(call)
        seen = at_sight(result)
        if not self._examiner.minds(seen):
            return result
        examined = await unhurried(len(seen), False, self._examiner.result, result)
        return self._decisions.own(call, examined)

    async def _arguments(self, call: ToolCall, data: bytes) -> None:
        text = data.decode("utf-8", "surrogatepass")
        examined = await unhurried(len(data), self._judged, self._examiner.text, text)
        self._decisions.arguments(call, examined.flags)

    async def _error(self, call: ToolCall, error: ToolError) -> ToolError:
        text = str(error)
        if not self._examiner.minds(text) and not self._decisions.marks(call.tool):
            return error
        return self._decisions.error(call, error, await unhurried(len(text), self._judged, self._examiner.text, text))
