"""What definitions were found to be like: remembered, and found out beside the loop where that takes long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import anyio.to_thread

from toolpost.middleware.injection.definition import Definition, Finding, examine
from toolpost.middleware.injection.detector import Detector
from toolpost.tools.tool import Tool

# Processor seconds that the definitions of one source may take on the loop at once, and in each second after that:
# a thousand usual ones take a tenth of it, and those that are made to take long take seconds.
AT_ONCE, STEADILY = 0.1, 0.005
# Findings that are remembered, and characters of words without what was hidden in them.
FINDINGS, WORDS = 20_000, 16 * 1024 * 1024


class Allowance(NamedTuple):
    """Processor seconds that were left at a time."""

    left: float
    at: float


class Examinations:
    """Examines each definition once, as long as it is offered.

    With `beside`, somebody runs `catch_up`, which examines in a thread what
    would hold up the loop. `worked` is a clock of the processor, `clock` one of the wall.
    """

    def __init__(
        self, worked: Callable[[], float] = time.thread_time, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.beside = False
        self._worked, self._clock = worked, clock
        self._detector = Detector(everything=True)
        self._allowances: dict[tuple[str, str], Allowance] = {}
        self._put_off: dict[str, tuple[Tool, Definition]] = {}
        # Two generations: what nobody offers any more is not asked for, and goes with the older one.
        self._found: dict[str, Finding] = {}
        self._before: dict[str, Finding] = {}
        self._words = 0

    def of(self, tool: Tool, definition: Definition) -> Finding | None:
        """What a definition is like; None where that is put off."""
        digest = definition.digest
        found = self._found.get(digest) or self._before.get(digest)
        if found is not None:
            return self._remember(digest, found)
        if not self.beside:
            if self._is_full:
                self._age()
            return self._remember(digest, examine(tool, definition, self._detector))
        source = tool.plugin, tool.provider or ""
        left = self._left(source)
        if digest in self._put_off or left <= 0 or self._is_full:
            self._put_off[digest] = tool, definition
            return None
        began = self._worked()
        found = examine(tool, definition, self._detector)
        self._allowances[source] = Allowance(left - (self._worked() - began), self._clock())
        return self._remember(digest, found)

    @property
    def is_behind(self) -> bool:
        """Whether anything is put off."""
        return bool(self._put_off)

    async def catch_up(self) -> set[str]:
        """Examine what was put off, one after the other in a thread; of what kinds that is."""
        kinds: set[str] = set()
        if self._put_off and self._is_full:
            # Here alone: before anything is put off again, all that is still offered has been asked for.
            self._age()
        while self._put_off:
            digest, (tool, definition) = next(iter(self._put_off.items()))
            self._remember(digest, await anyio.to_thread.run_sync(examine, tool, definition, self._detector))
            self._put_off.pop(digest, None)
            kinds.add(tool.kind)
        return kinds

    def now(self) -> Iterator[Tool]:
        """Examine what was put off without a thread, and give each tool back."""
        while self._put_off:
            digest, (tool, definition) = self._put_off.popitem()
            self._remember(digest, examine(tool, definition, self._detector))
            yield tool

    def _left(self, source: tuple[str, str]) -> float:
        allowance = self._allowances.get(source)
        if allowance is None:
            return AT_ONCE
        return min(AT_ONCE, allowance.left + (self._clock() - allowance.at) * STEADILY)

    @property
    def _is_full(self) -> bool:
        return len(self._found) > FINDINGS or self._words > WORDS

    def _age(self) -> None:
        self._before, self._found, self._words = self._found, {}, 0

    def _remember(self, digest: str, found: Finding) -> Finding:
        if digest not in self._found:
            self._found[digest] = found
            self._words += found.length
        return found
