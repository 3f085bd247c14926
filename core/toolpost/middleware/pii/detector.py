"""The detector: one pass over a text says which rules need a closer look, and those have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from toolpost.middleware.look import Look
from toolpost.middleware.pii.actions import replacement
from toolpost.middleware.pii.catalogue import TYPES, rules
from toolpost.middleware.pii.rule import Rule, Span
from toolpost.middleware.pii.rules.phone import REGIONS
from toolpost.middleware.pii.shadow import LOOK_ALIKE, Shadow, shadow

HEADS = tuple(f"[{name}:" for name in TYPES)
ROUNDS = 8


class Detector:
    """Finds personal data in text; holds no state and may be used by many threads.

    ```python
    Detector().mask("write to ann@example.com")   # ("write to [EMAIL]", Counter({"EMAIL": 1}))
    ```

    `regions` are the ISO 3166 codes whose national telephone formats count.
    Time and memory grow linearly with the text.
    """

    def __init__(self, types: Iterable[str] = TYPES, regions: Sequence[str] = REGIONS) -> None:
        self.types = frozenset(types)
        self._regions = tuple(regions)
        self.look = Look(lambda: [*(rule.trigger for rule in self._rules), LOOK_ALIKE])

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        # Forty modules, which a start does not need.
        return rules(self.types, self._regions)

    def suspects(self, text: str) -> bool:
        """Whether a closer look at this text is needed; in most texts nothing is suspicious."""
        return bool(self.look.sight(text))

    def find(self, text: str) -> list[Span]:
        """All that is personal in a text, in order and without overlaps."""
        triggered = self.look.sight(text)
        if not triggered:
            return []
        page = shadow(text)
        if len(self._rules) in triggered:
            # What set off a rule as it stands may look otherwise in the shadow, whose digits are all ours.
            triggered = sorted({*triggered, *self.look.bytes(page.text.encode())})
        looked_for = [self._rules[index] for index in triggered if index < len(self._rules)]
        found = _found(page, looked_for)
        if not page.gone:
            return found
        return [Span(*page.in_original(start, end), type_) for start, end, type_ in found]

    def mask(self, text: str, actions: Mapping[str, str] | None = None, key: bytes = b"") -> tuple[str, Counter[str]]:
        """The text with everything personal replaced, and how often each type was found.

        `actions` maps types to `mask` (the default), `drop` or `hash`, which
        is keyed with `key`.
        """
        counts: Counter[str] = Counter()
        # What was dropped may leave something personal behind: its halves now meet.
        for _ in range(ROUNDS):
            found = self.find(text)
            if not found:
                break
            counts.update(span.type for span in found)
            text = _replaced(text, found, actions or {}, key)
        return text, counts


def _found(page: Shadow, looked_for: Sequence[Rule]) -> list[Span]:
    """What these rules find on a page, in the places of its shadow."""
    first = (span for rule in looked_for if not rule.last for span in rule.find(page))
    found = without_overlaps(_without_placeholders(page, first))
    rest, fresh = page, found
    for rule in looked_for:
        if rule.last:
            rest = rest.without(fresh) if fresh else rest
            fresh = without_overlaps(_without_placeholders(page, rule.find(rest)))
            found = sorted([*found, *fresh])
    return found


def without_overlaps(found: Iterable[Span]) -> list[Span]:
    """The longest of those that overlap, and of equally long ones the most specific."""
    kept: list[Span] = []
    for span in sorted(found):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif _weight(span) > _weight(kept[-1]):
            kept[-1] = span
    return kept


def _weight(span: Span) -> tuple[int, int]:
    return span.end - span.start, -TYPES.index(span.type)


def _replaced(text: str, found: Iterable[Span], actions: Mapping[str, str], key: bytes) -> str:
    return "".join(_pieces(text, found, actions, key))


def _pieces(text: str, found: Iterable[Span], actions: Mapping[str, str], key: bytes) -> Iterator[str]:
    done = 0
    for start, end, type_ in found:
        yield text[done:start]
        yield replacement(actions.get(type_, "mask"), type_, text[start:end], key)
        done = end
    yield text[done:]


def _without_placeholders(page: Shadow, found: Iterable[Span]) -> Iterable[Span]:
    """Without the digits of hashes that were put there before."""
    text = page.text
    if not any(head in text for head in HEADS):
        return found
    return (span for span in found if not (text.startswith("]", span.end) and text.endswith(HEADS, 0, span.start)))
