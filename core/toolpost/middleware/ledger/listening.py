"""Who waits in this process for something to happen to a job."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio


class Listeners:
    """Events by the jobs that they wait for."""

    def __init__(self) -> None:
        self._ears: dict[str, set[anyio.Event]] = {}

    @contextmanager
    def to(self, jobs: list[str]) -> Iterator[anyio.Event]:
        """An event that is set when one of these changes."""
        ear = anyio.Event()
        for job in jobs:
            self._ears.setdefault(job, set()).add(ear)
        try:
            yield ear
        finally:
            for job in jobs:
                self._ears[job].discard(ear)
                if not self._ears[job]:
                    del self._ears[job]

    def tell(self, job: str) -> None:
        """Something about it changed."""
        for ear in self._ears.get(job, ()):
            ear.set()
