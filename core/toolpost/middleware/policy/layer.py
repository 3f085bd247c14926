"""The `policy` layer: the first rule that matches a call decides about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

from toolpost.errors import Refused
from toolpost.hookspecs import hookimpl
from toolpost.middleware.policy.rule import Rule, Rules
from toolpost.middleware.unknown import NOTHING, Expected
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context
from toolpost.tools.intention import Intention
from toolpost.tools.suggestions import Suggestions
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    from toolpost.middleware.policy.bounds import Bounds

Numbered = tuple[int, Rule]
# Tools whose rules are remembered; upstream servers may bring new ones for ever.
KNOWN = 10_000


@dataclass
class Policy:
    """Allows, denies or has confirmed by a person what `rules` say; the first that matches decides.

    Without a rule that matches, a call is allowed. Rules are counted from 1 in
    the order of the file.
    """

    rules: Rules = field(default_factory=list)
    clock: Callable[[], float] = field(default=monotonic, repr=False)

    # A person takes their time.
    patience: ClassVar[None] = None

    def __post_init__(self) -> None:
        self._bounds = dict(self._bounded())
        self.asks = any(rule.do == "confirm" for rule in self.rules)
        self._known: WeakKeyDictionary[Tool, tuple[Numbered, ...]] = WeakKeyDictionary()
        if any(rule.do == "deny" for rule in self.rules):
            # Lists are the same for all callers as long as no layer has this.
            self.shows = self._shows

    @hookimpl
    def middleware(self) -> Middleware | None:
        return self if self.rules else None

    def applies_to(self, tool: Tool) -> bool:
        """Whether any rule is about a tool."""
        return bool(self._about(tool))

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on if the rules have it so."""
        found = self.rule_of(call)
        if found is None:
            return await call_next(call)
        number, rule = found
        if rule.do == "deny":
            call.context.note("policy", f"rule {number}", decision="denied")
            raise Refused(_denied(call, number, rule))
        bounds = self._bounds.get(number)
        if bounds is not None:
            return await bounds.run(call, call_next, partial(_permitted, call, number, rule))
        await _permitted(call, number, rule)
        return await call_next(call)

    def rule_of(self, call: ToolCall) -> Numbered | None:
        """The rule that decides about a call, with its number."""
        context = call.context
        for number, rule in self._about(call.tool):
            if rule.is_for(context.principal, context.surface):
                return number, rule
        return None

    def denies(self, tool: Tool, context: Context) -> bool:
        """Whether a rule denies a tool to a caller, as it calls now: a model need not be offered it."""
        found = self.rule_of(ToolCall(tool, {}, context))
        return found is not None and found[1].do == "deny"

    def explain(self, call: ToolCall) -> Intention:
        """Which rule decides, and how."""
        found = self.rule_of(call)
        if found is None:
            return Intention("no rule matches, so the call is allowed")
        number, rule = found
        reason = f" ({rule.reason})" if rule.reason else ""
        bounds = self._within(number, call.context.principal)
        text = {
            "deny": f"would refuse: rule {number} denies it{reason}",
            "confirm": f"would ask the person first, by rule {number}{reason}{bounds}",
            "allow": f"rule {number} allows it{reason}{bounds}",
        }[rule.do]
        return Intention(text, ends=rule.do == "deny", cause=("rules", number - 1))

    def doubts(self, tools: Collection[Tool], plugins: Iterable[str], expected: Expected = NOTHING) -> Iterator[str]:
        """What is probably wrong in the rules, now that all tools are known; `doctor` says it."""
        from toolpost.middleware.policy.doubts import doubts

        return doubts(self.rules, tools, plugins, expected)

    def _within(self, number: int, principal: str) -> str:
        """The bounds of a rule, and what is left of them, for a sentence."""
        bounds = self._bounds.get(number)
        if bounds is None:
            return ""
        wait = bounds.due(principal)
        return f", within {' and '.join(bounds.words())}" + (f", again in {math.ceil(wait)} s" if wait else "")

    def _shows(self, tool: Tool, principal: str) -> bool:
        """Whether a caller sees a tool: not if it is denied to them on every surface."""
        for _, rule in self._about(tool):
            if rule.is_for(principal, None) and (rule.surfaces is None or rule.do != "deny"):
                return rule.do != "deny"
        return True

    def _bounded(self) -> Iterator[tuple[int, Bounds]]:
        for number, rule in enumerate(self.rules, 1):
            if rule.timeout is not None or rule.pace() is not None:
                # Most rules bound nothing, and a start is short.
                from toolpost.middleware.policy.bounds import Bounds

                yield number, Bounds(number, rule, self.clock)

    def _about(self, tool: Tool) -> tuple[Numbered, ...]:
        known = self._known.get(tool)
        if known is None:
            if len(self._known) >= KNOWN:
                self._known.clear()
            about = ((number, rule) for number, rule in enumerate(self.rules, 1) if rule.is_about(tool))
            known = self._known[tool] = tuple(about)
        return known


async def _permitted(call: ToolCall, number: int, rule: Rule) -> None:
    if rule.do == "confirm":
        await _confirm(call, number, rule)
    call.context.note("policy", f"rule {number}", decision="confirmed" if rule.do == "confirm" else "allowed")


async def _confirm(call: ToolCall, number: int, rule: Rule) -> None:
    # JSON, digests and the detector of keys are for those who ask.
    from toolpost.middleware.policy.question import question

    why = f"{call.tool.name} needs a person's yes by rule {number} of this toolpost's policy"
    if isinstance(call.tool.function, Suggestions):
        raise Refused(f"{why}, so nothing is suggested for it")
    try:
        agreed = await call.context.confirm(question(call, rule))
    except Refused as error:
        call.context.note("policy", f"rule {number}", decision="refused")
        raise error.with_text(f"{why}: {error}") from None
    if not agreed:
        call.context.note("policy", f"rule {number}", decision="refused")
        raise Refused(f"{why}, and the person who was asked said no")


def _denied(call: ToolCall, number: int, rule: Rule) -> str:
    reason = f": {rule.reason}" if rule.reason else ""
    return f"{call.tool.name} is denied by rule {number} of this toolpost's policy{reason}"
