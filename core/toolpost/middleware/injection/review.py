"""Decides which tools are shown: those whose definition is pinned, new, or of a trusted distribution."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeVar

import anyio

from toolpost.middleware.injection.definition import Definition, Finding, codes, is_grave
from toolpost.middleware.injection.examinations import Examinations
from toolpost.middleware.injection.newcomers import Newcomers
from toolpost.middleware.injection.pins import Key, Pins
from toolpost.middleware.injection.remarks import Remarks
from toolpost.middleware.injection.trust import Trust
from toolpost.tools.tool import Tool

log = logging.getLogger("toolpost.injection")
Value = TypeVar("Value")
# Tools, prompts and resources that are remembered for what was wrong with each.
KEPT = 20_000


class Withheld(NamedTuple):
    """A tool that is not shown, and why; `pinned` is the digest of what it said before, `waits` for approval."""

    definition: Definition
    why: str
    pinned: str = ""
    waits: bool = True

    @property
    def way_out(self) -> str:
        """What to do about it; `{tool}` stands for its name."""
        approving = ", then `toolpost tools approve {tool}`" if self.waits else ""
        return f"; see `toolpost tools review`{approving}"


class Review:
    """What was found out about the tools of one host; `stirred` when there is something to do for whoever runs it."""

    def __init__(
        self, pins: Pins | None, trust: Trust, exempt: Collection[str], *, refuses: bool, strict: bool = False
    ) -> None:
        self.pins = pins
        self.withheld: dict[Key, Withheld] = {}
        self.flagged: dict[Key, frozenset[str]] = {}
        self.hidden: dict[Key, int] = {}
        self.stirred = anyio.Event()
        self._trust, self._exempt, self._refuses, self._strict = trust, exempt, refuses, strict
        self.examinations, self.remarks = Examinations(), Remarks()
        self._newcomers = Newcomers()

    def offered(self, tool: Tool) -> Tool | None:
        """The tool as clients see it, or None; for the time being, where it takes long to examine it."""
        key, definition = (tool.plugin, tool.name), Definition.of(tool)
        if self._is_new(tool, key) and not self._newcomers.has_room(tool):
            return None
        finding = self.examinations.of(tool, definition)
        if finding is None:
            self.stirred.set()
            return None
        if self._is_new(tool, key) and not self._newcomers.takes(tool, definition):
            return None
        return self._shown(tool, key, definition, finding)

    def settle(self) -> None:
        """Examine now what was put off."""
        for tool in self.examinations.now():
            self.offered(tool)

    def approve(self, key: Key) -> None:
        """Pin what a withheld tool says now."""
        self._pin(key, self.withheld.pop(key).definition, approved=True)

    def withholds(self) -> Iterator[tuple[str, str, str]]:
        """What is withheld: the tool, its plugin, and why with a way out."""
        self.settle()
        for (plugin, name), withheld in self.withheld.items():
            yield name, plugin, f"{withheld.why}{withheld.way_out.replace('{tool}', name)}"

    def doubts(self) -> Iterator[str]:
        """What an operator should look at."""
        self.settle()
        if self.pins is not None and self.pins.broken:
            yield f"the pins of tools cannot be read: {self.pins.broken}; run `toolpost tools approve --all`"
        for (plugin, name), withheld in self.withheld.items():
            yield f"tool {name!r} of plugin {plugin!r} is withheld: {withheld.why}; see `toolpost tools review`"
        for (plugin, name), found in self.flagged.items():
            if is_grave(found) and (plugin, name) not in self.withheld:
                yield f"tool {name!r} of plugin {plugin!r} is flagged: {', '.join(codes(found))}; disable or exempt it"

    def _shown(self, tool: Tool, key: Key, definition: Definition, finding: Finding) -> Tool | None:
        self._flag(tool, key, finding)
        before = self.withheld.pop(key, None)
        if tool.name in self._exempt:
            self.flagged.pop(key, None)
            return finding.clean(tool)
        withheld = self._reason(tool, key, definition, finding.classes)
        if withheld is None:
            return finding.clean(tool)
        _keep(self.withheld, key, withheld)
        self.stirred.set()
        if withheld != before:
            self.remarks.add(logging.WARNING, tool, f"withheld: {withheld.why}", withheld.way_out)
        return None

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
        author = self._author(tool)
        if not author:
            why = "the definition is not the one that was approved" if pinned else "nobody knows what was approved"
            return Withheld(definition, why, pinned or "")
        if pinned is not None:
            log.info("tool %r of plugin %r says something else now, as %s has it", tool.name, tool.plugin, author)
        if not self.pins.broken:
            self._pin(key, definition, approved=True)
        return None

    def _author(self, tool: Tool) -> str:
        """Whose changes are taken as they come: a trusted distribution, or one that is edited here; empty if not so."""
        version = f"{self._trust.distribution(tool.plugin)} {tool.version}".strip()
        if self._trust.trusts(tool):
            return version
        is_edited = not self._strict and self._trust.is_edited_here(tool)
        return f"the source tree of {version}, which is installed editable," if is_edited else ""

    def _is_new(self, tool: Tool, key: Key) -> bool:
        if self.pins is None or tool.kind != "tool" or self.pins.broken or self.pins.get(key):
            return False
        return key not in self.withheld

    def _pin(self, key: Key, definition: Definition, *, approved: bool = False) -> None:
        if self.pins is not None:
            self.pins.pin(key, definition.digest, definition.text, approved=approved)
            self.stirred.set()

    def _flag(self, tool: Tool, key: Key, finding: Finding) -> None:
        found, hidden = finding.classes, finding.hidden
        if not hidden:
            self.hidden.pop(key, None)
        elif self.hidden.get(key) != hidden:
            _keep(self.hidden, key, hidden)
            self.stirred.set()
            self.remarks.add(logging.WARNING, tool, "shown without what is hidden in the definition")
        if not found:
            self.flagged.pop(key, None)
        elif self.flagged.get(key) != found:
            _keep(self.flagged, key, found)
            self.stirred.set()
            level = logging.WARNING if is_grave(found) else logging.INFO
            self.remarks.add(level, tool, f"flagged: {', '.join(codes(found))}")


def _keep(known: dict[Key, Value], key: Key, value: Value) -> None:
    """Of those that were said to be something, the last: prompts and resources have ever new names, too."""
    known[key] = value
    if len(known) > KEPT:
        del known[next(iter(known))]
