"""The host's services, kept in a folder that goes away."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from toolpost.artefacts import Artefacts
from toolpost.changes import Changes
from toolpost.folders import Folders
from toolpost.reader import Reader
from toolpost.store import Store
from toolpost.store.sqlite import SQLiteStore
from toolpost.testing.clock import Clock


@dataclass
class Services:
    """What a plugin receives by naming a type, all in one folder; `clock` is the store's.

    ```python
    notes = Notes(store=services.store)
    ```
    """

    folder: Path
    clock: Clock = field(default_factory=Clock)
    reader: Reader = field(default_factory=Reader)
    changes: Changes = field(default_factory=Changes)

    @cached_property
    def folders(self) -> Folders:
        """A user's folders."""
        return Folders(self.folder)

    @cached_property
    def store(self) -> Store:
        """The store that toolpost has by default, in a file."""
        return SQLiteStore(self.folders.store, clock=self.clock)

    @cached_property
    def artefacts(self) -> Artefacts:
        """Bytes under handles."""
        return Artefacts(self.folders.artefacts)

    def __iter__(self) -> Iterator[object]:
        yield from (self.folders, self.store, self.artefacts, self.reader, self.changes)

    async def aclose(self) -> None:
        """Close the store's file."""
        if "store" in self.__dict__:
            await self.store.aclose()


@asynccontextmanager
async def open_services(folder: Path | None = None) -> AsyncIterator[Services]:
    """Services in a folder, by default one that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="toolpost-", ignore_cleanup_errors=True) as temporary:
        services = Services(folder or Path(temporary))
        try:
            yield services
        finally:
            await services.aclose()
