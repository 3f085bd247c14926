"""Decides at start which tools are shown: those whose definition is pinned, new, or of a trusted distribution."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import NamedTuple

import anyio

from toolpost.middleware.injection.definition import Definition, codes, is_grave, judge, without_hidden
from toolpost.middleware.injection.detector import Detector
from toolpost.middleware.injection.newcomers import Newcomers
from toolpost.middleware.injection.pins import Key, Pins
from toolpost.middleware.injection.trust import Trust
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost.injection")


class Withheld(NamedTuple):
    """A tool that is not shown, and why; `pinned` is the digest of what it said before, `waits` for approval."""

    definition: Definition
    why: str
    pinned: str = ""
    waits: bool = True


class Review:
    """What was found out about the tools of one host; `stirred` when there is something to write or to wait for."""

    def __init__(self, pins: Pins | None, trust: Trust, exempt: Collection[str], *, refuses: bool) -> None:
        self.pins = pins
        self.withheld: dict[Key, Withheld] = {}
        self.flagged: dict[Key, frozenset[str]] = {}
        self.hidden: dict[Key, int] = {}
        self.stirred = anyio.Event()
        self._trust, self._exempt, self._refuses = trust, exempt, refuses
        self._detector = Detector(everything=True)
        self._newcomers = Newcomers()

    def offered(self, tool: Tool) -> Tool | None:
        """The tool as clients see it, or None."""
        key = tool.plugin, tool.name
        definition = Definition.of(tool)
        if self._is_one_too_many(tool, key, definition):
            return None
        judgement = judge(definition.text, self._detector)
        self._flag(key, judgement.classes)
        shown = self._clean(tool, key) if judgement.hides else tool
        before = self.withheld.pop(key, None)
        if tool.name in self._exempt:
            self.flagged.pop(key, None)
            return shown
        withheld = self._reason(tool, key, definition, judgement.classes)
        if withheld is None:
            return shown
        self.withheld[key] = withheld
        self.stirred.set()
        if withheld != before:
            _warn(key, withheld)
        return None

    def approve(self, key: Key) -> None:
        """Pin what a withheld tool says now."""
        self._pin(key, self.withheld.pop(key).definition, approved=True)

    def doubts(self) -> Iterator[str]:
        """What an operator should look at."""
        if self.pins is not None and self.pins.broken:
            yield f"the pins of tools cannot be read: {self.pins.broken}; run `toolpost tools approve --all`"
        for (plugin, name), withheld in self.withheld.items():
            yield f"tool {name!r} of plugin {plugin!r} is withheld: {withheld.why}; see `toolpost tools review`"
        for (plugin, name), found in self.flagged.items():
            if is_grave(found) and (plugin, name) not in self.withheld:
                yield f"tool {name!r} of plugin {plugin!r} is flagged: {', '.join(codes(found))}; disable or exempt it"

    def _reason(self, tool: Tool, key: Key, definition: Definition, found: Collection[str]) -> Withheld | None:
        """Why a tool is not to be shown; None if it is."""
        if self._refuses and is_grave(found):
            return Withheld(definition, f"its definition is flagged: {', '.join(codes(found))}", waits=False)
        # Resources and prompts have no schema, and a person picks them.
        if self.pins is None or tool.kind != "tool":
            return None
        pinned = self.pins.get(key)
        if pinned == definition.digest:
            return None
        if pinned is None and not self.pins.broken:
            self._pin(key, definition)
            return None
        if not self._trust.trusts(tool):
            why = "it says something else than what was approved" if pinned else "nobody knows what was approved"
            return Withheld(definition, why, pinned or "")
        if pinned is not None:
            version = f"{self._trust.distribution(tool.plugin)} {tool.version}".strip()
            log.info("tool %r of plugin %r says something else now, as %s has it", tool.name, tool.plugin, version)
        if not self.pins.broken:
            self._pin(key, definition, approved=True)
        return None

    def _is_one_too_many(self, tool: Tool, key: Key, definition: Definition) -> bool:
        if self.pins is None or tool.kind != "tool" or self.pins.broken or self.pins.get(key) or key in self.withheld:
            return False
        return not self._newcomers.takes(tool, definition)

    def _pin(self, key: Key, definition: Definition, *, approved: bool = False) -> None:
        if self.pins is not None:
            self.pins.pin(key, definition.digest, definition.text, approved=approved)
            self.stirred.set()

    def _clean(self, tool: Tool, key: Key) -> Tool:
        shown, counts = without_hidden(tool)
        if total := counts.total():
            self.hidden[key] = total
            log.warning("tool %r of plugin %r: %d hidden characters were stripped", key[1], key[0], total)
        return shown

    def _flag(self, key: Key, found: frozenset[str]) -> None:
        if not found:
            self.flagged.pop(key, None)
        elif self.flagged.get(key) != found:
            self.flagged[key] = found
            level = logging.WARNING if is_grave(found) else logging.INFO
            log.log(level, "tool %r of plugin %r is flagged: %s", key[1], key[0], ", ".join(codes(found)))


def _warn(key: Key, withheld: Withheld) -> None:
    plugin, name = key
    approving = f", then `toolpost tools approve {name}`" if withheld.waits else ""
    log.warning(
        "tool %r of plugin %r is withheld: %s; see `toolpost tools review`%s", name, plugin, withheld.why, approving
    )
