"""The plugin: its settings, and the one method that hands out a running model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from toolpost import ConfigError, Folders, hookimpl
from toolpost_local.endpoint import Abilities, Endpoint, Report, silent
from toolpost_local.source import SMOLLM2, Source

if TYPE_CHECKING:
    import click

    from toolpost_local.child import Child


@dataclass
class Local:
    """A language model on this machine, started at first use and gone with the host.

    `model` is the path of a GGUF; empty stands for the embedded SmolLM2, a
    demonstration model that is fetched once. `calls_tools` says that the model
    of that path can call tools. `max_tokens` is the most that an answer may have,
    `context` the tokens of question and answer together, `start_timeout` in seconds.
    """

    folders: Folders
    model: str = ""
    calls_tools: bool = False
    max_tokens: int = 512
    context: int = 4096
    start_timeout: float = 60.0

    name: ClassVar[str] = "local"
    source: ClassVar[Source] = SMOLLM2

    def __post_init__(self) -> None:
        self._child: Child | None = None
        if not 0 < self.max_tokens <= self.context:
            raise ConfigError(
                f"max_tokens is {self.max_tokens}; it must be 1 or more, and no more than context ({self.context})"
            )
        if self.start_timeout <= 0:
            raise ConfigError(f"start_timeout is {self.start_timeout}; it must be more than 0 seconds")

    @property
    def abilities(self) -> Abilities:
        """What a request to this model may contain; the embedded one takes text only."""
        return Abilities(tools=self.calls_tools and bool(self.model), images=False)

    @property
    def model_name(self) -> str:
        """The name under which the model answers."""
        return self.path.stem if self.model else self.source.name

    @property
    def path(self) -> Path:
        """Where the model lies, or will lie once it is fetched."""
        return Path(self.model).expanduser() if self.model else self.folders.cache / "models" / self.source.file

    async def connect(self, report: Report = silent) -> Endpoint:
        """The running model, fetched and started where it is not yet.

        Raises:
            Unavailable: it cannot be fetched or does not start; the text says what to do.
            Refused: what the package index offers is not the pinned file.
        """
        if self._child is None:
            # anyio's processes take a while to import, and most starts need no model.
            from toolpost_local.child import Child

            self._child = Child(self)
        return await self._child.connect(report)

    async def fetch(self, report: Report = silent) -> Path:
        """The model's path, after fetching the embedded one where it is missing."""
        if self.model or self.path.exists():
            return self.path
        from toolpost_local.configured import configured
        from toolpost_local.fetch import fetch

        return await fetch(self.source, self.path, configured(), report)

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Ends the child with the host."""
        try:
            yield
        finally:
            if self._child is not None:
                await self._child.aclose()

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        """Adds `toolpost local`."""
        from toolpost_local.commands import group

        cli.add_command(group(self))
