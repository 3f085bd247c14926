"""Pictures from files in the folders that the operator allowed, and from nowhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from toolpost import InvalidArguments

# The same for a file that is missing and one that is out of bounds.
NOT_ALLOWED = (
    "that file is not there, or not in a folder that pictures may be read from; "
    "an operator allows folders in [plugins.pictures] folders"
)
NO_FILES = tuple(map(Path, ("/proc", "/sys", "/dev")))
NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
# Opening a pipe would wait for a writer.
FILE = os.O_RDONLY | NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read(path: str, folders: Iterable[Path], max_bytes: int) -> bytes:
    """The bytes of a file; a relative path is looked for in each folder.

    Raises:
        InvalidArguments: it is not there, not allowed, no ordinary file, or too large.
    """
    for folder in folders:
        try:
            descriptor = _open(path, folder)
        except (OSError, ValueError, RuntimeError):  # the last for links in a circle, up to Python 3.12
            continue
        try:
            return _content(descriptor, max_bytes)
        finally:
            os.close(descriptor)
    raise InvalidArguments(NOT_ALLOWED)


def path_of(url: str) -> str:
    """The path in a `file:` URL of this machine.

    Raises:
        InvalidArguments: it names another machine.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidArguments(NOT_ALLOWED) from None
    if parts.netloc.lower() not in ("", "localhost") or parts.query or parts.fragment:
        raise InvalidArguments(NOT_ALLOWED)
    path = unquote(parts.path)
    return path.removeprefix("/") if os.name == "nt" else path


def _open(path: str, folder: Path) -> int:
    """A descriptor of a file below the folder, once all links are followed.

    Raises:
        OSError, ValueError: there is none.
    """
    if path.startswith(("//", "\\\\")):
        raise ValueError("a path of another machine")
    root = folder.resolve(strict=True)
    real = (root / path).resolve(strict=True)
    if any(real.is_relative_to(place) for place in NO_FILES):
        raise ValueError("not a place of files")
    steps = real.relative_to(root).parts
    if os.open not in os.supports_dir_fd:
        return os.open(real, FILE)
    return open_below(root, steps)


def open_below(root: Path, steps: tuple[str, ...]) -> int:
    """A descriptor, opened step by step and through no link: whatever is exchanged meanwhile, it is below the root.

    Raises:
        OSError: a step is not there, or a link.
    """
    place = os.open(root, FOLDER)
    try:
        for step in steps[:-1]:
            place, above = os.open(step, FOLDER | NOFOLLOW, dir_fd=place), place
            os.close(above)
        return os.open(steps[-1] if steps else ".", FILE, dir_fd=place)
    finally:
        os.close(place)


def _content(descriptor: int, max_bytes: int) -> bytes:
    known = os.fstat(descriptor)
    if not stat.S_ISREG(known.st_mode):
        raise InvalidArguments(NOT_ALLOWED)
    if known.st_size > max_bytes:
        raise InvalidArguments(f"that file is larger than {max_bytes} bytes; name a smaller one")
    with open(descriptor, "rb", closefd=False) as file:
        # It may have grown since, and is whole or damaged then.
        return file.read(max_bytes)
