"""Counts one call after the other; each costs a microsecond or two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolpost.middleware.metrics.counters import OTHER, Counters, Names, Tally
from toolpost.middleware.metrics.latency import bucket
from toolpost.tools.call import ToolCall
from toolpost.tools.note import Note
from toolpost.tools.tool import Tool

USAGE, LEDGER, CACHE = "toolpost/usage", "toolpost/ledger", "toolpost/cache"
# Tools that a host has are few; those of a hostile upstream need not be.
TOOLS, SURFACES, PAIRS, WORD = 1_000, 16, 250, 40
DIRECTIONS = {"input_tokens": "input", "output_tokens": "output"}


class Recorder:
    """Holds what was counted since it was last taken, and how many calls are `running`."""

    def __init__(self, models: int, principals: int) -> None:
        self.running = 0
        self._fresh = Counters()
        self._tools, self._surfaces = Names(TOOLS), Names(SURFACES)
        self._models, self._principals = Names(models), Names(principals)
        self._pairs: set[tuple[str, str]] = set()

    def take(self) -> Counters:
        """What was counted since the last time."""
        fresh, self._fresh = self._fresh, Counters()
        return fresh

    def call(self, call: ToolCall, seconds: float, kind: str, meta: Mapping[str, Any]) -> None:
        """Count a call: how long it took, the `kind` of its failure if it failed, what its answer says in `meta`."""
        tool, context, fresh = call.tool, call.context, self._fresh
        place = (tool.name if tool.meta is None else _name(tool), context.surface)
        tally = fresh.tallies.get(place) or self._tally(place, tool)
        tally.calls += 1
        tally.seconds += seconds
        number = bucket(seconds)
        tally.buckets[number] = tally.buckets.get(number, 0) + 1
        if kind:
            tally.errors[kind] = tally.errors.get(kind, 0) + 1
        if meta:
            self._answer(tally, meta)
        if self._principals.limit:
            name = self._principals.label(context.principal)
            fresh.principals[name] = fresh.principals.get(name, 0) + 1

    def notes(self, notes: Iterable[Note]) -> None:
        """Count what layers decided."""
        decisions, amounts = self._fresh.decisions, self._fresh.amounts
        for note in notes:
            layer = note.layer
            if word := note.decision:
                pair = (layer, word) if (layer, word) in self._pairs else self._pair(layer, word)
                decisions[pair] = decisions.get(pair, 0) + 1
            for word, number in note.counts.items():
                pair = (layer, word) if (layer, word) in self._pairs else self._pair(layer, word)
                amounts[pair] = amounts.get(pair, 0) + _number(number)

    def _answer(self, tally: Tally, meta: Mapping[str, Any]) -> None:
        cache = meta.get(CACHE)
        if cache in ("hit", "miss", "joined"):
            tally.cache[cache] = tally.cache.get(cache, 0) + 1
        paid = meta.get(LEDGER)
        paid = paid if isinstance(paid, Mapping) else {}
        if cache in ("hit", "joined") or paid.get("replayed") or paid.get("attached"):
            # What this answer took was counted with the call that it was first given to.
            return
        tally.cost += _number(paid.get("cost_usd"))
        usage = meta.get(USAGE)
        if isinstance(usage, Mapping):
            self._usage(tally, usage)

    def _usage(self, tally: Tally, usage: Mapping[str, Any]) -> None:
        model = self._models.label(str(usage.get("model", ""))[:64])
        for name, direction in DIRECTIONS.items():
            if tokens := int(_number(usage.get(name))):
                tally.tokens[direction] = tally.tokens.get(direction, 0) + tokens
                pair = (model, direction)
                self._fresh.models[pair] = self._fresh.models.get(pair, 0) + tokens

    def _tally(self, place: tuple[str, str], tool: Tool) -> Tally:
        known = (self._tools.label(place[0]), self._surfaces.label(place[1]))
        tally = self._fresh.tallies.setdefault(known, Tally())
        tally.plugin = tool.plugin if known[0] == place[0] else ""
        return tally

    def _pair(self, layer: str, word: str) -> tuple[str, str]:
        """Under which two labels a word of a layer is counted: once there are many, under none of its own."""
        if len(self._pairs) >= PAIRS or len(layer) > WORD or len(word) > WORD:
            return OTHER, OTHER
        self._pairs.add((layer, word))
        return layer, word


def _name(tool: Tool) -> str:
    return tool.name if tool.kind in ("tool", "model") else f"{tool.kind}:{tool.name}"


def _number(value: Any) -> float:
    """A number that a plugin wrote, if it is one that can be counted."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15
    return float(value) if is_one else 0.0
