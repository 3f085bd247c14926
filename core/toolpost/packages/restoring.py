"""What keeps an environment from being what a lock says, and the commands that mend it."""

from __future__ import annotations

import platform
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolpost.errors import PluginError
from toolpost.packages.installers import Command, Installer
from toolpost.packages.lock import Lock, Locked
from toolpost.packages.snapshot import Snapshot
from toolpost.plugins.distribution import normal


@dataclass(frozen=True)
class Difference:
    """What to install, and what to enable and disable, so that a lock is fulfilled."""

    install: Sequence[Locked]
    enable: Sequence[str]
    disable: Sequence[str]
    lines: Sequence[str]
    notes: Sequence[str]

    @classmethod
    def between(cls, lock: Lock, here: Snapshot, enabled: Sequence[str]) -> Difference:
        """The difference between a lock and what is installed and enabled here.

        Raises:
            PluginError: the lock names a file or a folder that is not there.
        """
        wrong = [one for one in lock.distributions.values() if _version(here, one) != one.version]
        for one in wrong:
            _refuse_if_gone(one)
        enable = [name for name in lock.enabled if name not in enabled]
        disable = [name for name in enabled if name not in lock.enabled]
        switched = [*(f"+ {name} is enabled" for name in enable), *(f"- {name} is disabled" for name in disable)]
        lines = [*(_line(one, here) for one in wrong), *switched]
        return cls(wrong, enable, disable, lines, [*_notes(lock, here, wrong)])

    @property
    def is_none(self) -> bool:
        """Whether all is as the lock says."""
        return not self.lines

    def commands(
        self, installer: Callable[[], Installer], folder: Path, bundled: Callable[[str], bool]
    ) -> list[Command]:
        """How to install what is missing; files for it are written into a folder."""
        if not self.install:
            return []
        hashed = _file(folder / "hashed.txt", [one for one in self.install if one.hashes])
        others = _file(folder / "others.txt", [one for one in self.install if not one.hashes])
        wanted = [one.requirement for one in self.install if one.plugins and not all(map(bundled, one.plugins))]
        return installer().restore(wanted, hashed, others)


def _version(here: Snapshot, one: Locked) -> str | None:
    found = here.packages.get(one.name)
    return found.version if found else None


def _line(one: Locked, here: Snapshot) -> str:
    before = _version(here, one)
    checked = "" if one.hashes else ", without a hash"
    source = f" from {one.source}" if one.source else ""
    return (
        f"+ {one.name} {one.version}{source}{checked}"
        if before is None
        else (f"~ {one.name} {before} → {one.version}{source}{checked}")
    )


def _notes(lock: Lock, here: Snapshot, wrong: Sequence[Locked]) -> Iterator[str]:
    for name, claims in here.plugins.items():
        if not any(normal(claim.facts.name) in lock.distributions for claim in claims):
            yield f"plugin {name} ({claims[0].distribution}) is not in the lock, and stays installed"
    ours, there = platform.python_version_tuple()[:2], tuple(lock.python.split(".")[:2])
    if wrong and (ours != there or lock.platform != sysconfig.get_platform()):
        yield (
            f"the lock is of Python {lock.python} on {lock.platform}, and this is Python "
            f"{platform.python_version()} on {sysconfig.get_platform()}: it may lack the hashes of the files for it"
        )


def _refuse_if_gone(one: Locked) -> None:
    place = one.source.partition("file://")[2].partition("#")[0] if "file://" in one.source else one.source
    if (one.editable or "file://" in one.source) and not Path(place).exists():
        raise PluginError(f"{one.name} {one.version} was installed from {place}, which is not here; put it there first")


def _file(path: Path, listed: Sequence[Locked]) -> Path | None:
    if not listed:
        return None
    path.write_text("".join(f"{one.line}\n" for one in listed), "utf-8")
    return path
