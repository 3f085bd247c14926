"""Which servers run on this machine for this person, so that they can be told of a change."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from toolpost.folders import Folders

log = logging.getLogger("toolpost")


@dataclass(frozen=True)
class Running:
    """A server: its process, what it serves, and how its last reload ended."""

    pid: int
    born: str
    surface: str
    config: str
    taken: bool | None = None
    said: str = ""
    at: float = 0.0

    @property
    def lives(self) -> bool:
        """Whether this very process still runs, and not a later one of the same number."""
        return _born(self.pid) == self.born != ""


class Register:
    """The file that says that this process serves."""

    def __init__(self, folder: Path, running: Running) -> None:
        self._path = folder / f"{running.pid}.json"
        self._running = running
        self._write()

    def ended(self, taken: bool, said: str, config: Path) -> None:
        """A reload is over; `config` is the file that counts from now on."""
        known = str(config.absolute())
        self._running = replace(self._running, taken=taken, said=said, at=time.time(), config=known)
        try:
            self._write()
        except OSError as error:
            # The server goes on; only `toolpost reload` waits in vain.
            log.warning("the outcome of a reload cannot be written: %s", error.strerror or error)

    def remove(self) -> None:
        """This process serves no longer."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        half = self._path.with_suffix(".half")
        half.write_text(json.dumps(asdict(self._running)), "utf-8")
        half.replace(self._path)


@contextmanager
def registered(folders: Folders, surface: str, config: Path) -> Iterator[Register | None]:
    """While this is open, `toolpost reload` finds this process; None where nothing can be written."""
    register = None
    with suppress(OSError):
        pid = os.getpid()
        register = Register(_folder(folders), Running(pid, _born(pid), surface, str(config.absolute())))
    try:
        yield register
    finally:
        if register is not None:
            with suppress(OSError):
                register.remove()


def running(folders: Folders) -> list[Running]:
    """The servers that run; what those left behind that were killed is removed."""
    found = []
    for path in sorted(_folder(folders).glob("*.json")):
        with suppress(OSError, ValueError, TypeError):
            one = Running(**json.loads(path.read_text("utf-8")))
            if one.lives:
                found.append(one)
            else:
                path.unlink(missing_ok=True)
    return found


def again(folders: Folders, one: Running) -> Running | None:
    """The same server, as it is now."""
    return next((other for other in running(folders) if other.pid == one.pid), None)


def _folder(folders: Folders) -> Path:
    return folders.data / "running"


def _born(pid: int) -> str:
    """When a process began, as the system counts it; empty if it is gone. Elsewhere than on Linux, whether it lives."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if Path("/proc/self").exists():
        return ""
    try:
        os.kill(pid, 0)
    except OSError:
        return ""
    return "lives"
