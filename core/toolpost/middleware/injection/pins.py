"""The file of pins: what each tool said when it was first seen, or last approved."""

from __future__ import annotations

import logging
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from toolpost.errors import ConfigError

log = logging.getLogger("toolpost.injection")
Key = tuple[str, str]
# One file of digests, which every start reads, and one of the texts, which only a review and a writer do.
DIGESTS, TEXTS = "pins.toml", "definitions.toml"
HEAD = "# What tools said when they were approved; written by toolpost. See `toolpost tools review`.\n"


class Pins:
    """The digests of definitions by plugin and tool.

    Several processes may share the file: each adds what it has to what it
    finds there, under a lock. A file that cannot be read is `broken`, and a
    folder that cannot be written leaves what is new unpinned; both are said
    in the log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken = ""
        self.unsaved: dict[Key, tuple[str, str]] = {}

    def get(self, key: Key) -> str | None:
        """The digest that a tool is pinned to; None for one that was never seen."""
        fresh = self.unsaved.get(key)
        return fresh[0] if fresh else self._known.get(key)

    def pin(self, key: Key, digest: str, text: str) -> None:
        """From now on the tool has this definition; `save` writes it down."""
        self.unsaved[key] = digest, text

    def text(self, digest: str) -> str:
        """The definition of a digest; empty if it is not kept."""
        try:
            return str(_read(self.folder / TEXTS).get(digest, ""))
        except (OSError, ValueError):
            return ""

    def forget(self) -> None:
        """Read the file anew when it is next needed: another process may have written it."""
        self.broken = ""
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

        known = {**_digests(_read(self.folder / DIGESTS))}
        known.update({key: digest for key, (digest, _) in self.unsaved.items()})
        texts = {**_texts(self.folder / TEXTS), **dict(self.unsaved.values())}
        kept = {digest: texts[digest] for digest in known.values() if digest in texts}
        tables: dict[str, dict[str, str]] = {}
        for (plugin, name), digest in sorted(known.items()):
            tables.setdefault(plugin, {})[name] = digest
        # The texts first: a digest without its text is a change that nobody can read.
        replace(self.folder / TEXTS, HEAD + tomli_w.dumps(kept))
        replace(self.folder / DIGESTS, HEAD + tomli_w.dumps(tables))
        self.__dict__["_known"] = known
        self.unsaved.clear()

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
