"""The pictures that tools make, kept as files, and shown where the terminal can."""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio.to_thread

from toolpost import Context, Folders, Host, ToolError, UnknownTool

# Bytes of one escape sequence, as kitty's graphics protocol bounds it.
PIECE = 4096


def default_folder(folders: Folders) -> Path:
    """Where pictures go if nobody says where: among the person's own, where there is a folder of these."""
    from platformdirs import user_pictures_path

    own = user_pictures_path()
    return own / "toolpost" if folders.root is None and own.is_dir() else folders.data / "pictures"


@dataclass(frozen=True)
class Kept:
    """A picture that lies in a file now."""

    path: Path
    mime_type: str


@dataclass(frozen=True)
class Album:
    """Keeps pictures in a folder, under names made of their content."""

    host: Host
    folder: Path

    async def keep(self, blocks: Iterable[Any], context: Context) -> list[Kept]:
        """Keep what a tool answered: each picture whole where the answer says where it is, else as it shows it.

        Raises:
            OSError: the folder cannot be written.
        """
        blocks = list(blocks)
        links = [block for block in blocks if block.type == "resource_link" and _is_picture(block)]
        found = [one for block in links for one in await self._read(str(block.uri), context)]
        found = found or [(block.data, block.mime_type) for block in blocks if block.type == "image"]
        kept = [await anyio.to_thread.run_sync(self._save, data, mime_type) for data, mime_type in found]
        return [one for one in kept if one is not None]

    async def _read(self, uri: str, context: Context) -> list[tuple[str, str]]:
        try:
            _, result = await self.host.read(uri, context)
        except (ToolError, UnknownTool):
            return []
        return [one for block in result.content if (one := _picture(block))]

    def _save(self, data: str, mime_type: str) -> Kept | None:
        try:
            content = base64.b64decode(data, validate=True)
        except ValueError:  # a tool may answer anything
            return None
        suffix = mimetypes.guess_extension(mime_type) or ".bin"
        path = self.folder / f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(content)
        return Kept(path, mime_type)


def drawn(kept: Kept) -> str:
    """What makes this terminal show a picture; empty where it cannot."""
    if os.environ.get("KITTY_WINDOW_ID") or os.environ.get("TERM") in ("xterm-kitty", "xterm-ghostty"):
        return "".join(_kitty(kept.path.read_bytes())) if kept.mime_type == "image/png" else ""
    if os.environ.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm"):
        content = kept.path.read_bytes()
        encoded = base64.b64encode(content).decode()
        return f"\x1b]1337;File=inline=1;size={len(content)};width=auto;height=20:{encoded}\x07\n"
    return ""


def _kitty(content: bytes) -> Iterator[str]:
    """The parts of a PNG in kitty's graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol)."""
    encoded = base64.b64encode(content).decode()
    for start in range(0, len(encoded), PIECE):
        head = "a=T,f=100,r=20," if start == 0 else ""
        more = int(start + PIECE < len(encoded))
        yield f"\x1b_G{head}m={more};{encoded[start : start + PIECE]}\x1b\\"
    yield "\n"


def _is_picture(block: Any) -> bool:
    return (getattr(block, "mime_type", None) or "").startswith("image/")


def _picture(block: Any) -> tuple[str, str] | None:
    if block.type == "image":
        return block.data, block.mime_type
    if block.type == "resource" and (blob := getattr(block.resource, "blob", None)):
        return blob, block.resource.mime_type or ""
    return None
