"""Bytes that tools make, kept under a handle: a host service, received by naming `Artefacts`."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import anyio.to_thread

from toolpost.errors import InvalidArguments, Unavailable
from toolpost.whole import write_whole

SCHEME = "artefact:"
# Not through links, and without waiting for the other end of a pipe.
SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
HANDLE = re.compile(r"artefact:(?P<hash>[0-9a-f]{64})")


@dataclass(frozen=True)
class Artefacts:
    """A folder of files named by the SHA-256 of their content.

    The same bytes are kept once. A file appears whole or not at all: it is
    written beside its place, synced and renamed. Whoever removes what it has
    kept does so in a `part` of its own, so that it removes nobody else's.
    """

    folder: Path

    def part(self, name: str) -> Artefacts:
        """Artefacts that one owner keeps and removes; those who know a handle find its bytes here as well."""
        return replace(self, folder=self.folder / name)

    async def put(self, content: bytes) -> str:
        """Keep bytes; their handle. They are durable when this returns.

        Raises:
            Unavailable: the disk is full or may not be written; nothing was left behind.
        """
        return await anyio.to_thread.run_sync(self._write, content)

    async def get(self, handle: str) -> bytes | None:
        """The bytes of a handle; None where there are none."""
        return await anyio.to_thread.run_sync(self._find, self.path(handle))

    async def delete(self, handle: str) -> bool:
        """Remove the bytes of a handle; False where there were none."""
        return await anyio.to_thread.run_sync(_unlink, self.path(handle))

    def path(self, handle: str) -> Path:
        """Where the bytes of a handle lie.

        Raises:
            InvalidArguments: this is no handle; so no name that a caller chose ever becomes a path.
        """
        found = HANDLE.fullmatch(handle)
        if found is None:
            raise InvalidArguments("a handle is 'artefact:' and 64 hexadecimal digits")
        return self.folder / found["hash"][:2] / found["hash"]

    def _write(self, content: bytes) -> str:
        handle = f"{SCHEME}{hashlib.sha256(content).hexdigest()}"
        path = self.path(handle)
        try:
            if not _is_there(path, len(content)):
                write_whole(path, content)
            else:
                _renew(path)
        except OSError as error:
            raise Unavailable(f"a file of {len(content)} bytes cannot be kept: {error.strerror or error}") from error
        return handle

    def _find(self, path: Path) -> bytes | None:
        found = self._read(path)
        # What a part keeps is nobody's secret from those who know its hash.
        parts = self.folder.glob(f"*/{path.parent.name}/{path.name}") if found is None else ()
        return next((content for other in parts if (content := self._read(other)) is not None), found)

    def _read(self, path: Path) -> bytes | None:
        try:
            # Never through a link that somebody put there, nor from a pipe that never ends.
            with open(os.open(path, os.O_RDONLY | SAFELY), "rb") as file:  # noqa: PTH123 - by descriptor
                return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"a kept file cannot be read: {error.strerror or error}") from error


def _is_there(path: Path, size: int) -> bool:
    """Whether a file of that size is kept already; what a link leads to is not kept here."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _renew(path: Path) -> None:
    """Make a file young again, for those who remove the old."""
    with suppress(OSError):  # on a disk that may only be read nothing is removed either
        os.utime(path)


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Unavailable(f"a kept file cannot be removed: {error.strerror or error}") from error
    return True
