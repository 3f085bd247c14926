"""Installers, and the exact commands by which they change an environment: pip, and `uv pip`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from toolpost import __version__
from toolpost.packages.requirement import Requirement

Command = tuple[str, ...]
# So that no plugin brings another toolpost in place of the one that runs.
SAME = f"toolpost=={__version__}"


class Installer(Protocol):
    """One way to change an environment; each method gives the commands, in their order."""

    def install(self, wanted: Sequence[Requirement], *, upgrade: bool = False) -> list[Command]:
        """Install, or upgrade, distributions."""

    def uninstall(self, names: Sequence[str]) -> list[Command]:
        """Remove distributions."""

    def restore(self, wanted: Sequence[Requirement], hashed: Path | None, others: Path | None) -> list[Command]:
        """Install what files of exact requirements say, one with hashes and one without; `wanted` is to be kept."""


@dataclass(frozen=True)
class Pip:
    """pip, inside the environment; `before` brings it there."""

    python: Path
    before: tuple[Command, ...] = ()

    def install(self, wanted: Sequence[Requirement], *, upgrade: bool = False) -> list[Command]:
        return [*self.before, (*self._pip("install"), *_upgrading(upgrade), *words(wanted), SAME)]

    def uninstall(self, names: Sequence[str]) -> list[Command]:
        return [*self.before, (*self._pip("uninstall"), "--yes", *names)]

    def restore(self, wanted: Sequence[Requirement], hashed: Path | None, others: Path | None) -> list[Command]:
        return [*self.before, *exactly(self._pip("install"), hashed, others)]

    def _pip(self, verb: str) -> Command:
        return (str(self.python), "-m", "pip", verb)


@dataclass(frozen=True)
class UvPip:
    """`uv pip`, for an environment without pip."""

    uv: str
    python: Path

    def install(self, wanted: Sequence[Requirement], *, upgrade: bool = False) -> list[Command]:
        options = [part for one in wanted if upgrade for part in newer(one)]
        return [(*self._pip("install"), *options, *words(wanted), SAME)]

    def uninstall(self, names: Sequence[str]) -> list[Command]:
        return [(*self._pip("uninstall"), *names)]

    def restore(self, wanted: Sequence[Requirement], hashed: Path | None, others: Path | None) -> list[Command]:
        return exactly(self._pip("install"), hashed, others)

    def _pip(self, verb: str) -> Command:
        return (self.uv, "pip", verb, "--python", str(self.python))


def exactly(install: Command, hashed: Path | None, others: Path | None) -> list[Command]:
    """Install files of requirements as they are: they name all there is to install."""
    checked = [(*install, "--no-deps", "--require-hashes", "-r", str(hashed))] if hashed else []
    return [*checked, *([(*install, "--no-deps", "-r", str(others))] if others else [])]


def words(wanted: Sequence[Requirement]) -> list[str]:
    """Requirements as arguments of pip, and of `uv pip`."""
    return [word for one in wanted for word in (("--editable", one.text) if one.editable else (one.text,))]


def _upgrading(upgrade: bool) -> Command:
    return ("--upgrade",) if upgrade else ()


def newer(one: Requirement) -> Command:
    """uv's options to upgrade one distribution and leave its requirements where they are."""
    if not one.name:
        return ()
    return ("--upgrade-package", one.name, *(("--reinstall-package", one.name) if " @ " in one.text else ()))
