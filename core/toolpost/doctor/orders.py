"""Orders of layers that defeat a layer's purpose, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from toolpost.tools.call import Middleware


class Order(NamedTuple):
    """`outer` stands outside of `inner`; `why` says what would happen otherwise."""

    outer: str
    inner: str
    why: str


ORDERS = (
    Order("trace", "cache", "kept answers would carry the trace of another call"),
    Order("trace", "ledger", "an answer that is given again would carry the trace of the first call"),
    Order("trace", "policy", "how long a call waited for a person would not be told"),
    Order("metrics", "policy", "denied calls would not be counted"),
    Order("metrics", "limits", "calls over a limit would not be counted"),
    Order("metrics", "pii", "refused calls would not be counted"),
    Order("metrics", "cache", "answers from memory would not be counted"),
    Order("policy", "limits", "denied calls would use up the limits of those that are allowed"),
    Order("policy", "validation", "callers who are denied would be told what the arguments should be"),
    Order("policy", "moderation", "the arguments of denied calls would be sent to be judged"),
    Order("policy", "gallery", "denied calls would be answered with kept pictures"),
    Order("policy", "cache", "kept answers would be given to callers whom the policy denies them"),
    Order("policy", "ledger", "answers that were paid for would be given to callers whom the policy denies them"),
    Order("limits", "moderation", "calls over a limit would still be sent to be judged"),
    Order("limits", "ledger", "calls over a limit would be written down as jobs"),
    Order("limits", "timeout", "waiting for one's turn would use up the time for the work"),
    Order("limits", "retry", "each try would wait for a turn of its own"),
    Order("pii", "injection", "personal data split by hidden characters would not be found in results"),
    Order("pii", "validation", "what was masked after it was checked could reach a tool that does not take it"),
    Order("pii", "moderation", "arguments would be sent to be judged before they are masked"),
    Order("pii", "gallery", "arguments would be kept with pictures before they are masked"),
    Order("pii", "cache", "cached answers would not be masked for the next caller"),
    Order("pii", "ledger", "calls would be written down before they are masked"),
    Order("injection", "validation", "characters would be stripped from arguments that were checked with them"),
    Order("injection", "moderation", "text would be judged with the hidden characters that keep it from being found"),
    Order("injection", "cache", "answers kept before a rule was made would never be looked at by it"),
    Order("injection", "ledger", "an answer that is given again would not be looked at"),
    Order("validation", "moderation", "wrong arguments would be sent to be judged"),
    Order("validation", "cache", "wrong arguments would reach the cache"),
    Order("validation", "ledger", "calls with wrong arguments would be written down as jobs"),
    Order("moderation", "cache", "cached answers would not be judged"),
    Order("moderation", "ledger", "calls would be paid for before they are judged"),
    Order("size", "gallery", "pictures would be cut off before they are kept"),
    Order("size", "cache", "what was cut off for one client would be kept for all"),
    Order("size", "ledger", "what was cut off for one client would be kept for the job"),
    Order("gallery", "cache", "the preview that fits one client would be given to the next"),
    Order("gallery", "ledger", "an answer that is given again would hold a preview in place of its picture"),
    Order("cache", "ledger", "answers from memory would be written down as jobs, and count against budgets"),
    Order("cache", "retry", "each try would look into memory again"),
    Order("ledger", "timeout", "a call that ran out of time would not be written down as such"),
    Order("ledger", "retry", "each try would be a job of its own"),
    Order("timeout", "retry", "each try would have the whole time for itself"),
)


def wrong(order: Sequence[str], rules: Iterable[Order] = ORDERS) -> Iterator[str]:
    """A sentence for each pair that stands the wrong way round; `order` is that of the configuration."""
    place = {name: number for number, name in enumerate(order)}
    for outer, inner, why in rules:
        if outer in place and inner in place and place[outer] > place[inner]:
            yield f"[plugins.{inner}] stands before [plugins.{outer}]: {why}; move it below"


def stated(layers: Iterable[tuple[str, Middleware]]) -> Iterator[Order]:
    """The orders that layers state of themselves.

    A layer may have an attribute `stands`, such as `{"inside": {"pii": "it
    would send what is not masked"}, "outside": {"retry": "each try would be
    counted"}}`: the layers within or around which it must stand, and why.
    """
    for name, layer in layers:
        stands = getattr(layer, "stands", None)
        for other, why in _pairs(stands, "inside"):
            yield Order(other, name, why)
        for other, why in _pairs(stands, "outside"):
            yield Order(name, other, why)


def _pairs(stands: object, side: str) -> Iterator[tuple[str, str]]:
    found = stands.get(side) if isinstance(stands, Mapping) else None
    for other, why in found.items() if isinstance(found, Mapping) else ():
        yield str(other), str(why)
