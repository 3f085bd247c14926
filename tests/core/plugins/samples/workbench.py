"""Tools to try the command line with."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import anyio
import click
from pydantic import BaseModel, SecretStr

from toolpost import Context, Image, Tool, ToolError, hookimpl

print("printed while it is imported")


class Colour(Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    """A place."""

    x: int
    y: float = 0.0


class Choice(BaseModel):
    """What a person is asked for."""

    size: Literal["small", "large"]
    count: int = 1
    remark: str = ""


@dataclass
class Workbench:
    """Tools of every kind."""

    greeting: str = "hello"
    api_key: str = ""
    webhook: SecretStr = SecretStr("")
    url: str = ""

    @hookimpl
    def tools(self) -> list[Tool]:
        functions = [self.echo, self.shapes, self.nothing, self.fail, self.crash, self.wait, self.spin]
        functions += [self.ask, self.steps, self.picture]
        return [*(Tool(function) for function in functions), Tool(self.raw, input_schema={"type": "object"})]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        print("printed at start")
        yield

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        print("printed while commands are added")

        @cli.command("workbench")
        def command() -> None:
            """Say hello."""
            click.echo(self.greeting)

    async def echo(self, text: str, times: int = 1) -> str:
        """Say it back.

        Args:
            text: What to say.
            times: How often.
        """
        print("printed by a call")
        os.write(1, b"written by a call\n")
        return text * times

    async def shapes(
        self,
        number: float | None = None,
        count: int | str | None = None,
        flag: bool | None = None,
        tags: list[str] | None = None,
        sizes: list[int] | None = None,
        point: Point | None = None,
        colour: Colour | None = None,
        level: Literal[1, 2] | None = None,
        anything: Any = None,
        text: str | None = None,
    ) -> dict[str, Any]:
        """Say what came."""
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        return {name: value.model_dump() if isinstance(value, Point) else value for name, value in given.items()}

    async def nothing(self) -> str:
        """Take nothing."""
        return "nothing"

    async def fail(self) -> str:
        """Fail."""
        raise ToolError("it did not work")

    async def crash(self) -> str:
        """Crash."""
        raise RuntimeError("private detail")

    async def wait(self, ready: str, cancelled: str) -> str:
        """Wait until the caller has gone; both are files to write."""
        try:
            Path(ready).write_bytes(b"")
            await anyio.sleep_forever()
        finally:
            Path(cancelled).touch()
        return ""

    async def spin(self, ready: str) -> str:
        """Keep the event loop busy for ever."""
        Path(ready).write_bytes(b"")
        while True:
            pass

    async def ask(self, context: Context) -> str:
        """Ask the person."""
        await context.progress(1, 3, "about to ask")
        choice = await context.ask("Which size?", Choice)
        return f"{choice.count} {choice.size}"

    async def steps(self, context: Context) -> str:
        """Tell how far it is."""
        for step in range(3):
            await context.progress(step + 1, 3, f"[/bold] step {step + 1}")
        return "done"

    async def picture(self) -> Image:
        """Draw."""
        return Image(b"\x89PNG\r\n\x1a\n", "image/png")

    async def raw(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Take whatever comes."""
        return arguments
