"""Plugins with one fault each."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, Field, SecretStr, model_validator

from toolpost import Tool, hookimpl


@dataclass
class Good:
    """A plugin without a fault."""

    api_key: Annotated[SecretStr, Field(description="The key of the service.")] = SecretStr("")
    places: Annotated[list[str], Field(description="Where it looks.")] = field(default_factory=list)
    limit: Annotated[int, Field(ge=3, description="How much it finds.")] = 3

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        """What models may call."""
        return [Tool(self.look, read_only=True, open_world=False)]

    async def look(self, place: str) -> list[str]:
        """Look for things at a place.

        Args:
            place: Where to look.
        """
        return [place][: self.limit]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Hold nothing."""
        yield


class Sub(Good):
    """What has the hooks of `Good`, and one fault more."""


@dataclass
class Unexplained(Sub):
    """A plugin."""

    depth: int = 1


@dataclass
class Untyped(Sub):
    """A plugin whose `thread` cannot be written in a table."""

    thread: threading.Thread | None = None


class Place(BaseModel):
    name: str


@dataclass
class Loose(Sub):
    """A plugin whose `spots` take any key."""

    spots: list[Place] = field(default_factory=list)


@dataclass
class LooseDeeply(Sub):
    """A plugin whose `regions` hold places that take any key."""

    regions: dict[str, list[Place]] | None = None


class Strict(BaseModel):
    name: str
    size: Annotated[int, Field(ge=4)] | None = None

    @model_validator(mode="before")
    @classmethod
    def known(cls, given: Any) -> Any:
        if unknown := set(given) - {"name", "size"}:
            raise ValueError(f"unknown key {min(unknown)!r}")
        return given


@dataclass
class StrictByHand(Sub):
    """A plugin whose `spots` look after their keys by themselves."""

    spots: list[Strict] = field(default_factory=list)


@dataclass
class PlainSecret(Sub):
    """A plugin with a `password` for anyone to read."""

    password: str = ""


@dataclass
class Telling:
    """A plugin that shows its `token`."""

    token: SecretStr

    def __post_init__(self) -> None:
        self._plain = self.token.get_secret_value()

    def __repr__(self) -> str:
        return f"Telling({self._plain})"

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return []


@dataclass
class Unbuildable(Sub):
    """A plugin that refuses its defaults."""

    def __post_init__(self) -> None:
        raise RuntimeError("no such luck")


@dataclass
class Demanding(Sub):
    """A plugin whose `town` has to be Oslo."""

    town: str = ""

    def __post_init__(self) -> None:
        if self.town != "Oslo":
            raise ValueError("town: must be Oslo")


@dataclass
class Required:
    """A plugin that needs a `town` and a `size`."""

    town: str
    size: Annotated[int, Field(ge=5)]

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return []


@dataclass
class Connecting(Sub):
    """A plugin that looks for a host at its start."""

    def __post_init__(self) -> None:
        with contextlib.suppress(OSError), socket.socket() as found:
            found.connect(("127.0.0.1", 9))


@dataclass
class Printing(Sub):
    """A plugin that greets."""

    def __post_init__(self) -> None:
        print("hello")


@dataclass
class Threading(Sub):
    """A plugin with a thread of its own."""

    def __post_init__(self) -> None:
        threading.Thread(target=time.sleep, args=(3,), daemon=True, name="mine").start()


class FailingHook:
    """A plugin whose hook fails."""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        raise OSError("no tools today")


class UnknownHook:
    """A plugin with a hook that there is not."""

    @hookimpl
    def toolz(self) -> Iterable[Tool]:
        return []


class Idle:
    """A plugin without a hook."""


class Slow:
    """A plugin whose hook takes its time."""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        time.sleep(0.3)
        return []


@dataclass
class OpensOnce:
    """A plugin that opens only once."""

    def __post_init__(self) -> None:
        self._opened = False

    @hookimpl
    def lifespan(self) -> AbstractAsyncContextManager[None]:
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[None]:
        if self._opened:
            raise RuntimeError("it was open already")
        self._opened = True
        yield


class LeavesThread:
    """A plugin that leaves a thread behind each time."""

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        threading.Thread(target=time.sleep, args=(3,), daemon=True, name="left").start()
        yield


class Wordless:
    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return []


@dataclass
class WithClock(Sub):
    """A plugin with a clock, for its tests."""

    clock: Callable[[], float] = field(default=time.monotonic, repr=False)


def no_class() -> Any:
    """What an entry point may name by mistake."""


class Exits:
    """A plugin that ends the process when its tool is called."""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.leave, read_only=True)]

    async def leave(self) -> str:
        """Leave at once."""
        import os

        os._exit(7)


class NeverStops:
    """A plugin whose tool nobody can stop."""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.wait, read_only=True)]

    async def wait(self) -> str:
        """Wait whatever the caller does."""
        import anyio

        with anyio.CancelScope(shield=True):
            await anyio.sleep_forever()
        return ""


class OnAsyncioAlone:
    """A plugin that runs on one event loop alone."""

    @hookimpl
    def tools(self) -> Iterable[Tool]:
        return [Tool(self.rest, read_only=True, open_world=False)]

    async def rest(self) -> str:
        """Rest for a moment."""
        import asyncio

        await asyncio.sleep(0.001)
        return "rested"
