"""The file of pins: what each tool said when it was first seen, or last approved."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from toolpost.errors import ConfigError
from toolpost.middleware.injection.pinned import DIGESTS, TEXTS, digests, locked, read, write
from toolpost.middleware.injection.pinned import Key as Key

log = logging.getLogger("toolpost.injection")


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
        # Those that were asked for since the start, as all are that a plugin offers.
        self._there: set[Key] = set()
        # The loop pins while a thread writes.
        self._guard = threading.Lock()

    def get(self, key: Key) -> str | None:
        """The digest that a tool is pinned to, which is there as long as this runs; None for one never seen."""
        fresh = self.unsaved.get(key)
        found = fresh.digest if fresh else self._known.get(key)
        if found is not None:
            self._there.add(key)
        return found

    def pin(self, key: Key, digest: str, text: str, *, approved: bool = False) -> None:
        """From now on the tool has this definition; `save` writes it down."""
        with self._guard:
            self.unsaved[key] = Pin(digest, text, approved)
            self._there.add(key)

    def text(self, digest: str) -> str:
        """The definition of a digest; empty if it is not kept."""
        try:
            return str(read(self.folder / TEXTS).get(digest, ""))
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
            with locked(self.folder):
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

    def sweep(self, today: date | None = None) -> Collection[Key]:
        """Note which tools are there, and drop the pins of those that have long been gone; which these are.

        Takes milliseconds, and longer where another process writes: call it in a thread.
        """
        # Nothing of this is needed at a start.
        from toolpost.middleware.injection import unseen

        today, there = today or date.today(), frozenset(self._there)
        try:
            with locked(self.folder):
                before = unseen.days(self.folder)
                seen = unseen.updated(digests(self.folder), before, there, today)
                gone = unseen.gone(seen, today) - there
                if gone:
                    self._drop(gone)
                left = {key: day for key, day in seen.items() if key not in gone}
                if left != before:
                    unseen.write(self.folder, left)
        except (OSError, ValueError, ConfigError) as error:
            log.debug("no pins are dropped: %s", error)
            return ()
        if gone:
            log.info("the pins of %d tools are dropped, which have been gone for long", len(gone))
        return gone

    def drop(self, is_gone: Callable[[Key], bool]) -> Collection[Key]:
        """Drop the pins of tools that the operator has taken away; which these are. A broken file stays as it is."""
        try:
            if not (self.folder / DIGESTS).exists():
                return ()
            with locked(self.folder):
                gone = {key for key in digests(self.folder) if is_gone(key)}
                if gone:
                    self._drop(gone)
        except (OSError, ValueError, ConfigError) as error:
            log.warning("the pins of tools cannot be dropped: %s", error)
            return ()
        return gone

    def _drop(self, gone: Collection[Key]) -> None:
        known = {key: digest for key, digest in digests(self.folder).items() if key not in gone}
        write(self.folder, known, {})
        self.__dict__["_known"] = known

    def _merge(self) -> None:
        with self._guard:
            fresh = dict(self.unsaved)
        known = digests(self.folder)
        known.update({key: pin.digest for key, pin in fresh.items() if pin.approved or key not in known})
        write(self.folder, known, {pin.digest: pin.text for pin in fresh.values()})
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
            return digests(self.folder)
        except (OSError, ValueError) as error:
            self.broken = f"{self.folder / DIGESTS}: {error}"
            log.error(
                "%s; tools of distributions that are not trusted are withheld, since nobody knows what was approved; "
                "mend the file, or run `toolpost tools approve --all`",
                self.broken,
            )
            return {}
