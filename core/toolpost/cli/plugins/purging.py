"""Removes what an uninstalled plugin leaves behind: its settings, and what it kept in the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolpost.config.edit import edit, remove_plugin
from toolpost.folders import Folders
from toolpost.packages.listed import Listed


def purged(config: Path | None, plugins: Sequence[str]) -> Iterator[str]:
    """Remove it; says what has gone."""
    for name in plugins:
        listed = Listed.read(config)
        if name in listed.plugins:
            edited = edit(listed.path, remove_plugin(name))
            yield f"[plugins.{name}] is out of {edited.path}"
        if kept := _cleared(Folders.of_user(listed.path), name):
            yield f"{kept} {'entry' if kept == 1 else 'entries'} of {name} went from the store"


def _cleared(folders: Folders, name: str) -> int:
    if not folders.store.is_file():
        return 0
    import anyio

    # By custom a plugin's space has its name.
    return anyio.run(_clear, folders.store, name)


async def _clear(path: Path, name: str) -> int:
    from toolpost.store.sqlite import SQLiteStore

    store = SQLiteStore(path)
    try:
        return await store.clear(name)
    finally:
        await store.aclose()
