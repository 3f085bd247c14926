"""A closer look at arguments, results and single texts: stripped, and with the classes that were found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import anyio.to_thread

from toolpost.middleware.injection.content import escapes, stripped, text, visible
from toolpost.middleware.injection.detector import Detector
from toolpost.middleware.injection.hidden import carries_message
from toolpost.middleware.look import Looks
from toolpost.tools.call import ToolResult

if TYPE_CHECKING:
    from toolpost.middleware.injection.model import Model

Value = TypeVar("Value")
# A first look at more than this would hold up other calls; so would a closer look at much less.
LONG_LOOK, LONG = 512 * 1024, 16 * 1024


class Examined(NamedTuple, Generic[Value]):
    """What was looked at, without what was hidden in it; how much that was; the classes of the rest."""

    value: Value
    stripped: Counter[str]
    flags: Counter[str]


class Examiner:
    """Looks with the rules, and with the small model where there is one."""

    def __init__(self, threshold: float | None, looks: Looks | None = None) -> None:
        self.rules = Detector()
        self._sight = looks.look_also(self.rules.patterns) if looks else None
        self.model = None if threshold is None else self._made(threshold)

    def minds(self, seen: str | bytes) -> bool:
        """Whether a text needs a closer look; most need none. Longer ones are not looked at here."""
        if not seen or self.model is not None or len(seen) > LONG_LOOK:
            return bool(seen)
        if isinstance(seen, bytes):
            return bool(self.rules.signs(seen))
        return bool(self._sight(seen) if self._sight else self.rules.signs(seen.encode("utf-8", "surrogatepass")))

    def flags(self, seen: str) -> Counter[str]:
        """The classes of a text that has nothing hidden in it, or of which nothing is to be changed."""
        flags = self.rules.look(seen).flags
        if self.model is not None and self.model(seen):
            flags["model"] += 1
        return flags

    def text(self, seen: str) -> Examined[str]:
        """A single text."""
        counts: Counter[str] = Counter()
        clean = text(seen, counts)
        return Examined(clean, counts, self._with_hidden(self.flags(clean), seen, counts))

    def result(self, result: ToolResult) -> Examined[ToolResult]:
        """All texts of a result."""
        data = visible(result)
        seen = data.decode("utf-8", "surrogatepass")
        if not self.rules.hides(data) and not escapes(seen):
            return Examined(result, Counter(), self.flags(seen))
        clean, counts = stripped(result)
        flags = self.flags(visible(clean).decode("utf-8", "surrogatepass"))
        return Examined(clean, counts, self._with_hidden(flags, seen, counts))

    def _with_hidden(self, flags: Counter[str], seen: str, counts: Counter[str]) -> Counter[str]:
        if counts and carries_message(seen, counts):
            flags["hidden"] += 1
        return flags

    def _made(self, threshold: float) -> Model:
        from toolpost.middleware.injection.model import Model

        return Model(threshold, self._is_suspicious)

    def _is_suspicious(self, seen: str) -> bool:
        return bool(self.rules.signs(seen.encode("utf-8", "surrogatepass")))


async def unhurried(size: int, judged: bool, work: Callable[[Value], Examined[Value]], value: Value) -> Examined[Value]:
    """Short work here; long work, and that of the model, in a thread."""
    if size <= LONG and not judged:
        return work(value)
    return await anyio.to_thread.run_sync(work, value)
