"""Paths as people write them."""

from __future__ import annotations

import os


def homed(path: str) -> str:
    """A path with its `~` filled in; as it is where there is no such user, so that it is simply not found."""
    return os.path.expanduser(path)  # noqa: PTH111 - that of pathlib raises
