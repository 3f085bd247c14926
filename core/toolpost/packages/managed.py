"""Installers that keep a list of what belongs into an environment: `uv tool`, and pipx."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolpost.packages.installers import SAME, Command, UvPip, exactly, newer, words
from toolpost.packages.receipt import Receipt
from toolpost.packages.requirement import Requirement
from toolpost.plugins.distribution import normal


@dataclass(frozen=True)
class UvTool:
    """`uv tool install`, with all that is on the receipt: what is not there, the next upgrade removes."""

    uv: str
    python: Path
    receipt: Receipt

    def install(self, wanted: Sequence[Requirement], *, upgrade: bool = False) -> list[Command]:
        options = [part for one in wanted if upgrade for part in newer(one)]
        return [self._with([*self._others(one.name for one in wanted), *wanted], options)]

    def uninstall(self, names: Sequence[str]) -> list[Command]:
        return [self._with(self._others(names))]

    def restore(self, wanted: Sequence[Requirement], hashed: Path | None, others: Path | None) -> list[Command]:
        # Here hashes are checked; `uv tool` checks none, and leaves what is there already.
        checked = UvPip(self.uv, self.python).restore(wanted, hashed, others)
        return [*checked, self._with([*self._others(one.name for one in wanted), *wanted])]

    def _others(self, names: Iterable[str]) -> list[Requirement]:
        replaced = set(names)
        return [one for one in self.receipt.others if one.name not in replaced]

    def _with(self, others: Sequence[Requirement], options: Sequence[str] = ()) -> Command:
        given = [part for one in others for part in (("--with-editable" if one.editable else "--with"), one.text)]
        tool = self.receipt.tool
        own = ("--editable", tool.text) if tool.editable else (tool.text,)
        return (self.uv, "tool", "install", *self.receipt.options, *options, *given, *own)


@dataclass(frozen=True)
class Pipx:
    """pipx, whose own list of what it injected decides what `pipx reinstall` keeps."""

    pipx: str
    environment: str
    injected: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pipx: str, prefix: Path) -> Pipx:
        """pipx, with what it says it injected into an environment."""
        try:
            said = json.loads((prefix / "pipx_metadata.json").read_text("utf-8"))
            names = frozenset(map(normal, said["injected_packages"]))
        except (OSError, ValueError, KeyError, TypeError):
            names = frozenset()
        return cls(pipx, prefix.name, names)

    def install(self, wanted: Sequence[Requirement], *, upgrade: bool = False) -> list[Command]:
        if upgrade:  # `pipx inject --force` would install everything anew, toolpost and the newest of all else
            return [(*self._pip, "--upgrade", *words(wanted), SAME)]
        editable = [(self.pipx, "inject", "--editable", self.environment, one.text) for one in wanted if one.editable]
        named = [one.text for one in wanted if not one.editable]
        return [*editable, *([(self.pipx, "inject", self.environment, *named)] if named else [])]

    def uninstall(self, names: Sequence[str]) -> list[Command]:
        listed = [name for name in names if name in self.injected]
        others = [name for name in names if name not in self.injected]
        uninject = [(self.pipx, "uninject", "--leave-deps", self.environment, *listed)] if listed else []
        run = (self.pipx, "runpip", self.environment, "uninstall", "--yes")
        return [*uninject, *([(*run, *others)] if others else [])]

    def restore(self, wanted: Sequence[Requirement], hashed: Path | None, others: Path | None) -> list[Command]:
        # Not injected: pipx would fetch them once more, and check no hash.
        return exactly(self._pip, hashed, others)

    @property
    def _pip(self) -> Command:
        return (self.pipx, "runpip", self.environment, "install")
