"""The `pii` layer: nothing personal reaches a tool, and none comes back from it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar

import anyio.to_thread
from pydantic import SecretStr

from toolpost.crash import alone
from toolpost.errors import Refused, ToolError
from toolpost.hookspecs import hookimpl
from toolpost.middleware.pii.actions import ACTIONS, check
from toolpost.middleware.pii.catalogue import TYPES
from toolpost.middleware.pii.content import result_texts, rewritten
from toolpost.middleware.pii.detector import Detector
from toolpost.middleware.pii.phone import REGIONS
from toolpost.middleware.pii.tree import Rewriting, joined, texts
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.context import Context, Report
from toolpost.tools.tool import Tool

Value = TypeVar("Value")
DIRECTIONS = ("arguments", "results")
DOES = {action: action for action in ACTIONS}
DONE = {"mask": "masked", "drop": "dropped", "hash": "hashed", "refuse": "refused"}
# Longer texts go to a thread: they would hold up the other calls for some milliseconds. A look that finds
# nothing is a hundred times faster than a rewriting, and a thread takes as long as a look at 100 KB.
LONG_LOOK = 512 * 1024
LONG = 32 * 1024


@dataclass
class PII:
    """Finds personal data and secrets in arguments, results and errors, and masks them.

    `types` are those that are looked for, all of them by default. `actions`
    says what to do with a type: `mask` (`[EMAIL]`, the default), `drop`,
    `hash` (`[EMAIL:1a2b3c4d]`, the same for the same value while the host
    runs, or for ever with a `hash_key`) or `refuse`. `directions` are
    `arguments` and `results`; tools in `exempt` are left alone. `regions` are
    the countries whose national telephone formats count.

    A number that is a card's becomes a masked string; where the tool's schema
    wants a number, the call is refused.
    """

    types: list[str] = field(default_factory=lambda: list(TYPES))
    actions: dict[str, str] = field(default_factory=dict)
    directions: list[str] = field(default_factory=lambda: list(DIRECTIONS))
    exempt: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=lambda: list(REGIONS))
    hash_key: SecretStr | None = None

    def __post_init__(self) -> None:
        check(self.types, TYPES, "type of personal data")
        check(self.actions, TYPES, "type of personal data")
        check(self.actions.values(), ACTIONS, "action")
        check(self.directions, DIRECTIONS, "direction")
        self._check_regions()
        secret = self.hash_key.get_secret_value().encode() if self.hash_key else secrets.token_bytes(32)
        self._key = blake2b(secret).digest()
        self._detector = Detector(self.types, self.regions)
        self._refused = {name for name, action in self.actions.items() if action == "refuse"}

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    def applies_to(self, tool: Tool) -> bool:
        """Whether the layer stands around a tool."""
        return bool(self.directions) and tool.name not in self.exempt

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on with clean arguments, and answer with a clean result or a clean error."""
        if "arguments" in self.directions:
            call = await self._arguments(call)
        if "results" not in self.directions:
            return await call_next(call)
        if call.context.report is not None:
            call.context.report = self._quiet(call.context.report)
        try:
            result = await call_next(call)
        except (ToolError, BaseExceptionGroup) as error:
            inner = alone(error)
            if not isinstance(inner, ToolError):
                raise
            # The original must not show up in a traceback.
            raise await self._error(call, inner) from None
        return await self._result(call, result)

    def explain(self, call: ToolCall) -> str:
        """What the layer would do with these arguments."""
        if "arguments" not in self.directions:
            return "looks at results only"
        rewriting = self._rewriting()
        rewriting.value(dict(call.arguments))
        if not rewriting.counts:
            return "nothing personal in the arguments"
        if refused := self._refused.intersection(rewriting.counts):
            return f"would refuse: {_list(sorted(refused))} in {_list(rewriting.places)}"
        return f"would {self._summary(rewriting.counts, DOES)} in {_list(rewriting.places)}"

    async def _arguments(self, call: ToolCall) -> ToolCall:
        arguments = call.arguments if type(call.arguments) is dict else dict(call.arguments)
        text = joined(texts(arguments))
        if not await self._suspects(text):
            return call
        rewriting = self._rewriting()
        clean = await _run(len(text), rewriting.value, arguments)
        if not rewriting.counts:
            return call
        self._decide(call.context, rewriting, "arguments", f"the arguments of {call.tool.name}")
        if rewriting.numbers:
            _conform(call.tool, call.tool.input_schema, clean, rewriting, "argument")
        return replace(call, arguments=clean)

    async def _result(self, call: ToolCall, result: ToolResult) -> ToolResult:
        text = joined(result_texts(result))
        if not text or not await self._suspects(text):
            return result
        rewriting = self._rewriting()
        clean = await _run(len(text), partial(rewritten, rewriting=rewriting), result)
        if not rewriting.counts:
            return result
        self._decide(call.context, rewriting, "result", f"the result of {call.tool.name}")
        if clean.structured != result.structured and call.tool.output_schema is not None and not result.is_error:
            _conform(call.tool, call.tool.output_schema, clean.structured, rewriting, "result field")
        return clean

    async def _error(self, call: ToolCall, error: ToolError) -> ToolError:
        text, rewriting = str(error), self._rewriting()
        clean = await _run(len(text), partial(rewriting.text, place="error"), text)
        if not rewriting.counts:
            return error
        self._decide(call.context, rewriting, "error", f"the error of {call.tool.name}")
        return error.with_text(clean)

    async def _suspects(self, text: str) -> bool:
        if len(text) <= LONG_LOOK:
            return self._detector.suspects(text)
        return await anyio.to_thread.run_sync(self._detector.suspects, text)

    def _quiet(self, report: Report) -> Report:
        """Progress whose messages hold nothing personal."""

        async def quiet(done: float, total: float | None, message: str | None) -> None:
            if message and self._detector.suspects(message):
                message, _ = self._detector.mask(message, self.actions, self._key)
            await report(done, total, message)

        return quiet

    def _rewriting(self) -> Rewriting:
        return Rewriting(self._detector, self.actions, self._key)

    def _decide(self, context: Context, rewriting: Rewriting, where: str, what: str) -> None:
        context.note("pii", f"{self._summary(rewriting.counts, DONE)} in {where}")
        if refused := sorted(self._refused.intersection(rewriting.counts)):
            raise Refused(f"{what} hold {_list(refused)} in {_list(rewriting.places)}; leave it out and try again")

    def _summary(self, counts: Counter[str], verbs: dict[str, str]) -> str:
        return ", ".join(
            f"{verbs[self.actions.get(name, 'mask')]} {counts[name]} {name}" for name in TYPES if counts[name]
        )

    def _check_regions(self) -> None:
        if not set(self.regions) <= set(REGIONS):
            from toolpost.middleware.pii.numbering import plan

            for region in self.regions:
                plan(region)


def _conform(tool: Tool, schema: Any, value: Any, rewriting: Rewriting, what: str) -> None:
    """Refuse what the tool's schema does not allow once it is masked."""
    # jsonschema-rs takes 16 ms to import, and this is rare.
    from toolpost.middleware.schema import Checker

    if Checker(schema, tool.name)(value):
        places, types = _list(rewriting.numbers or rewriting.places), _list(sorted(rewriting.counts))
        raise Refused(f"{tool.name}: {what} {places} holds {types}, and the tool's schema allows no mask there")


async def _run(size: int, function: Callable[[Any], Value], argument: Any) -> Value:
    """Short work here, long work in a thread."""
    if size <= LONG:
        return function(argument)
    return await anyio.to_thread.run_sync(function, argument)


def _list(names: Iterable[str]) -> str:
    """At most five of them: a place is a path of the caller's own making."""
    listed = [name[:80] or "the arguments" for name in names]
    return ", ".join(listed[:5]) + (f" and {len(listed) - 5} more" if len(listed) > 5 else "")
