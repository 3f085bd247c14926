"""Originals from the disk to the wire, piece by piece, without holding up others."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import anyio.to_thread
from starlette.responses import Response

from toolpost import Unavailable
from toolpost_gallery.entry import Entry

PIECE = 128 * 1024
# Never through a link that somebody put there, and never waiting for what is no file.
SAFELY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}


@dataclass
class Opened:
    """An original that is open, with the piece it begins with."""

    file: BinaryIO
    first: bytes


class Sent(Response):
    """Sends a file that is open, and closes it."""

    def __init__(self, opened: Opened, size: int, mime_type: str, headers: dict[str, str]) -> None:
        super().__init__(media_type=mime_type, headers={**headers, "content-length": str(size)})
        self._opened = opened

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        with self._opened.file as file:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            # Many may read slowly at once, so nothing is held that has been sent.
            piece, self._opened.first = self._opened.first, b""
            if scope["method"] == "HEAD":
                piece = b""
            while piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await anyio.to_thread.run_sync(file.read, PIECE)
            await send({"type": "http.response.body", "body": b""})


async def opened(path: Path, entry: Entry) -> Opened | None:
    """The original of an entry; None where it has just been removed, or is not what was kept.

    Raises:
        Unavailable: the disk cannot be read.
    """
    return await anyio.to_thread.run_sync(_opened, path, entry)


def _opened(path: Path, entry: Entry) -> Opened | None:
    if path.parent.is_symlink() or path.is_symlink():
        return None
    try:
        return _begun(os.open(path, SAFELY), entry)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"a kept picture cannot be read: {error.strerror or error}") from error


def _begun(descriptor: int, entry: Entry) -> Opened | None:
    with ExitStack() as otherwise:
        otherwise.callback(os.close, descriptor)
        kept = os.fstat(descriptor)
        if not stat.S_ISREG(kept.st_mode) or kept.st_size != entry.size:
            return None
        first = os.read(descriptor, PIECE)
        if not first.startswith(MAGIC[entry.mime_type]):
            return None
        otherwise.pop_all()
    return Opened(os.fdopen(descriptor, "rb", buffering=0), first)
