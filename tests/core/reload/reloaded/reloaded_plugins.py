"""What a reload takes up: one that tells of its lifespan, and one that can be locked."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass

from toolpost import Tool, hookimpl

LOG: list[str] = []


@dataclass
class Desk:
    word: str = "first"

    @hookimpl
    def tools(self):
        return [Tool(self.answer)]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        LOG.append(f"{self.word} opens")
        yield
        LOG.append(f"{self.word} closes")

    async def answer(self) -> str:
        """Answer."""
        return self.word


@dataclass
class Door:
    locked: bool = False

    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        if self.locked:
            raise OSError("locked")
        yield
