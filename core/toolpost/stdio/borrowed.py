"""What both directions of a pipe have in common: they outlast whoever uses them."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class Borrowed:
    """A stream on a descriptor that belongs to the process, so that there is nothing to close."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
