"""The `pii` layer: nothing personal reaches a tool, and none comes back from it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

from pydantic import SecretStr

from toolpost.errors import ToolError
from toolpost.hookspecs import hookimpl
from toolpost.middleware.look import Sight
from toolpost.middleware.pii.actions import DIRECTIONS, by_direction, check
from toolpost.middleware.pii.binary import is_binary
from toolpost.middleware.pii.catalogue import TYPES
from toolpost.middleware.pii.content import result_texts
from toolpost.middleware.pii.detector import Detector
from toolpost.middleware.pii.finding import Finder
from toolpost.middleware.pii.fitting import Fitting
from toolpost.middleware.pii.passage import Passage
from toolpost.middleware.pii.policy import DOES, Policy, listed
from toolpost.middleware.pii.recogniser import Recogniser
from toolpost.middleware.pii.rule import Span
from toolpost.middleware.pii.rules.phone import REGIONS
from toolpost.middleware.pii.streams import LateStream, Stream
from toolpost.middleware.pii.tree import joined, texts
from toolpost.middleware.pii.working import in_thread
from toolpost.tools.call import CallNext, Middleware, ToolCall, ToolResult
from toolpost.tools.intention import Intention
from toolpost.tools.tool import Tool

if TYPE_CHECKING:
    import click

    from toolpost.tools.streams import TextFilter

# A look that finds nothing is a hundred times faster than a rewriting, and a thread takes as long as a look at 100 KB.
LONG_LOOK = 128 * 1024


@dataclass
class PII:
    """Finds personal data and secrets in arguments, results, errors, questions and progress, and masks them.

    `types` are those that are looked for, all of them by default. `actions`
    says what to do by type ("*" is each other type), for both directions or by
    direction, as in `{ EMAIL = "placeholder", IBAN = { results = "partial" } }`:

    - `mask`: `[EMAIL]`, the default
    - `partial`: a part stays, as in `[CREDIT_CARD:***1111]`
    - `hash`: `[EMAIL:1a2b3c4d]`, the same for the same value while the host runs, or for ever with a `hash_key`
    - `drop`: nothing is left of it
    - `placeholder`: `<EMAIL_1>`, the same for the same value within a call. Where the tool's result holds the
      placeholder of a value from the arguments, the caller gets the value back; what is kept of the result and read
      later holds the placeholder.
    - `refuse`: the call is refused
    - `pass`: it is let through

    `arguments` is what tools and their providers see, `results` what clients
    and their models see; `directions` are those that are looked at. Tools in
    `exempt` are left alone. `allowed` are values that are nobody's and pass,
    such as an address of your own that everybody writes to, or that of a
    server. `regions` are the countries whose national telephone formats
    count. `names` is a plugin that recognises names.

    Each message of progress and each line for the client's log is masked by
    itself: what a tool spreads over several is not found. Streams are masked
    as one text.

    A mark that the tool's schema does not allow becomes a value that fits, in
    a result, or else refuses the call.
    """

    types: list[str] = field(default_factory=lambda: list(TYPES))
    actions: dict[str, str | dict[str, str]] = field(default_factory=dict)
    directions: list[str] = field(default_factory=lambda: list(DIRECTIONS))
    exempt: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=lambda: list(REGIONS))
    hash_key: SecretStr | None = None
    names: Recogniser | None = None

    # It waits for nothing but its own threads, which it bounds.
    patience: ClassVar[None] = None

    def __post_init__(self) -> None:
        check(self.types, TYPES, "type of personal data")
        check(self.directions, DIRECTIONS, "direction")
        self._check_regions()
        secret = self.hash_key.get_secret_value().encode() if self.hash_key else secrets.token_bytes(32)
        recognised = tuple(self.names.recognised) if self.names else ()
        known = (*TYPES, *recognised)
        self._known = (*self.types, *recognised)
        detector = Detector(self.types, self.regions)
        finder, self._look = Finder(detector, self.names, self.allowed), detector.look
        self._policy = Policy(finder, by_direction(self.actions, known), blake2b(secret).digest(), Fitting())
        self._looks_in, self._looks_out = ("arguments" in self.directions, "results" in self.directions)
        self._suspects = finder.suspects
        self._used = {action for way in self.directions for action in self._policy.actions[way].values()}
        self._replaces = "placeholder" in self._used
        self._passages: dict[str, list[Passage]] = {}
        self.policy = self._digest(known)

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        from toolpost.middleware.pii.commands import group

        cli.add_command(group(self._policy.finder, self._known))

    def applies_to(self, tool: Tool) -> bool:
        """Whether the layer stands around a tool."""
        return bool(self.directions) and tool.name not in self.exempt

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        """Go on with clean arguments, and answer with a clean result or a clean error."""
        passage = Passage(self._policy, call)
        if self._looks_in:
            arguments = call.arguments if type(call.arguments) is dict else dict(call.arguments)
            text = joined(texts(arguments))
            if self._suspects(text) if len(text) <= LONG_LOOK else await in_thread(self._suspects, text):
                call = await passage.arguments(arguments, self._policy.work(text))
        context = call.context
        if context.report is None and context.question is None and context.peer is None and not self._replaces:
            return await self._answer(passage, call, call_next)
        passage.enter(shown=self._looks_out, answered=self._looks_in)
        # Streams of this call look here for its placeholders.
        running = self._passages.setdefault(context.call_id, [])
        running.append(passage)
        try:
            return await self._answer(passage, call, call_next)
        finally:
            running.remove(passage)
            passage.leave()
            if not running:
                del self._passages[context.call_id]

    def look_also(self, patterns: Sequence[str]) -> Sight:
        """What looks for the patterns of another layer, in the same pass."""
        return self._look.also(patterns)

    def spans(self, text: str) -> Sequence[Span]:
        """Where something stands that is replaced in results, for whoever cuts texts; a recogniser is not asked."""
        if not self._looks_out or is_binary(text):
            return []
        actions = self._policy.actions["results"]
        return [span for span in self._policy.finder.patterns(text) if actions[span.type] != "pass"]

    def stream(self, call: ToolCall) -> TextFilter | None:
        """What masks text that is sent to the client bit by bit."""
        if not self._looks_out:
            return None

        def build() -> Stream:
            running = self._passages.get(call.context.call_id)
            return Stream((running[-1] if running else Passage(self._policy, call)).masking("results"))

        return LateStream(build)

    def explain(self, call: ToolCall) -> Intention:
        """What the layer would do with these arguments."""
        if not self._looks_in:
            return Intention("looks at results only")
        rewriting, clean = Passage(self._policy, call).rewrite_arguments(dict(call.arguments))
        if not rewriting.counts:
            return Intention("nothing personal in the arguments")
        places = listed(rewriting.places)
        if refused := self._policy.refused("arguments", rewriting.counts):
            return Intention(f"would refuse: {listed(refused)} in {places}", ends=True)
        done = self._policy.summary("arguments", rewriting.counts, DOES)
        return Intention(f"would {done} in {places}", call=replace(call, arguments=clean))

    async def _answer(self, passage: Passage, call: ToolCall, call_next: CallNext) -> ToolResult:
        if not self._looks_out:
            result = await call_next(call)
            return passage.restored(result) if passage.restores else result
        try:
            result = await call_next(call)
        except ToolError as error:
            # The original must not show up in a traceback.
            raise await passage.error(error) from None
        text = joined(result_texts(result))
        if not text:
            return result
        if self._suspects(text) if len(text) <= LONG_LOOK else await in_thread(self._suspects, text):
            return await passage.result(result, self._policy.work(text))
        return await passage.result(result, 0) if passage.restores and "<" in text else result

    def _digest(self, types: tuple[str, ...]) -> str:
        """A digest of all settings that change answers."""
        settings = (sorted(self.types), types, self._policy.actions, sorted(self.directions), self.regions)
        key = self._policy.key if "hash" in self._used else b""
        return blake2b(repr((*settings, self.allowed)).encode(), digest_size=8, key=key).hexdigest()

    def _check_regions(self) -> None:
        if not set(self.regions) <= set(REGIONS):
            from toolpost.middleware.pii.rules.numbering import plan

            for region in self.regions:
                plan(region)
