"""The file of pins: what each tool said when it was first seen, or last approved."""

from __future__ import annotations

import logging
import sys
import threading
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from toolpost.errors import ConfigError

log = logging.getLogger("toolpost.injection")
Key = tuple[str, str]
# One file of digests, which every start reads, and one of the texts, which only a review and a writer do.
DIGESTS, TEXTS = "pins.toml", "definitions.toml"
HEAD = "# What tools said when they were approved; written by toolpost. See `toolpost tools review`.\n"


class Pin(NamedTuple):
    """A definition that is not written down yet; one that was `approved` replaces what another process has pinned."""

    digest: str
    text: str
    approved: bool


class Pins:
    """The digests of definitions by plugin and tool.

    Several processes may share the file: each adds what it has to what it
    finds there, under a lock. Of two that see a tool for the first time the
    first to write it down is right, and the other is `overtaken`. A file that
    cannot be read is `broken`, and a folder that cannot be written leaves
    what is new unpinned; both are said in the log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken = ""
        self.overtaken = False
        self.unsaved: dict[Key, Pin] = {}
        # The loop pins while a thread writes.
        self._guard = threading.Lock()

    def get(self, key: Key) -> str | None:
        """The digest that a tool is pinned to; None for one that was never seen."""
        fresh = self.unsaved.get(key)
        return fresh.digest if fresh else self._known.get(key)

    def pin(self, key: Key, digest: str, text: str, *, approved: bool = False) -> None:
        """From now on the tool has this definition; `save` writes it down."""
        with self._guard:
            self.unsaved[key] = Pin(digest, text, approved)

    def text(self, digest: str) -> str:
        """The definition of a digest; empty if it is not kept."""
        try:
            return str(_read(self.folder / TEXTS).get(digest, ""))
        except (OSError, ValueError):
            return ""

    def forget(self) -> None:
        """Read the file anew when it is next needed: another process may have written it."""
        self.broken, self.overtaken = "", False
        self.__dict__.pop("_known", None)

    @property
    def stamp(self) -> int:
        """When the file was last written."""
        try:
            return (self.folder / DIGESTS).stat().st_mtime_ns
        except OSError:
            return 0

    def save(self) -> bool:
        """Write what is new down; whether that worked. Takes milliseconds: call it in a thread."""
        if not self.unsaved:
            return True
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / "lock"):
                self._merge()
        except (OSError, ConfigError) as error:
            log.warning(
                "the pins of tools cannot be written, so that a change of what tools say is not noticed after a "
                "restart: %s",
                error,
            )
            return False
        return True

    def repair(self) -> None:
        """Put a file aside that cannot be read, so that another can be written."""
        if self._known is not None and self.broken:
            (self.folder / DIGESTS).replace(self.folder / f"{DIGESTS}.broken")
            self.forget()

    def _merge(self) -> None:
        # Only writers need them.
        import tomli_w

        from toolpost.config.edit import replace

        with self._guard:
            fresh = dict(self.unsaved)
        known = _digests(_read(self.folder / DIGESTS))
        known.update({key: pin.digest for key, pin in fresh.items() if pin.approved or key not in known})
        texts = {**_texts(self.folder / TEXTS), **{pin.digest: pin.text for pin in fresh.values()}}
        kept = {digest: texts[digest] for digest in known.values() if digest in texts}
        tables: dict[str, dict[str, str]] = {}
        for (plugin, name), digest in sorted(known.items()):
            tables.setdefault(plugin, {})[name] = digest
        # The texts first: a digest without its text is a change that nobody can read.
        replace(self.folder / TEXTS, HEAD + tomli_w.dumps(kept))
        replace(self.folder / DIGESTS, HEAD + tomli_w.dumps(tables))
        self.__dict__["_known"] = known
        self.overtaken = self.overtaken or any(known[key] != pin.digest for key, pin in fresh.items())
        self._written(fresh)

    def _written(self, fresh: Mapping[Key, Pin]) -> None:
        """Forget what was written down, and nothing that was pinned meanwhile."""
        with self._guard:
            for key, pin in fresh.items():
                if self.unsaved.get(key) == pin:
                    del self.unsaved[key]

    @cached_property
    def _known(self) -> Mapping[Key, str]:
        try:
            return _digests(_read(self.folder / DIGESTS))
        except (OSError, ValueError) as error:
            self.broken = f"{self.folder / DIGESTS}: {error}"
            log.error(
                "%s; tools of distributions that are not trusted are withheld, since nobody knows what was approved; "
                "mend the file, or run `toolpost tools approve --all`",
                self.broken,
            )
            return {}


def _read(path: Path) -> dict[str, Any]:
    """What a TOML file says; nothing, if it is not there."""
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _digests(tables: Mapping[str, Any]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for plugin, tools in tables.items():
        if not isinstance(tools, dict) or not all(isinstance(digest, str) for digest in tools.values()):
            raise ValueError(f"{plugin!r} is no table of digests")
        found.update({(plugin, name): digest for name, digest in tools.items()})
    return found


def _texts(path: Path) -> dict[str, Any]:
    try:
        return _read(path)
    except ValueError:
        return {}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; it stays where it is, since removing it would let two hold it."""
    with path.open("ab") as file:
        _lock(file.fileno())
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
