"""Plugins that do what they should not, each in its own way."""

from __future__ import annotations

from dataclasses import dataclass

import click
from pydantic import SecretStr

from toolpost import Tool, hookimpl


@dataclass
class Picky:
    """Accepts no size but its own."""

    size: int = 1

    def __post_init__(self) -> None:
        if self.size != 1:
            raise ValueError(f"size is {self.size},\nand must be 1")


@dataclass
class Leaky:
    """Puts its secrets into what it raises."""

    api_key: str = ""
    webhook: SecretStr = SecretStr("")
    url: str = ""

    def __post_init__(self) -> None:
        raise ValueError(f"cannot connect with {self.api_key} to {self.url}")

    @hookimpl
    def tools(self) -> list[Tool]:
        return []


class Rival:
    """Wants a name that another plugin has."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self, text: str) -> str:
        """Answer for somebody else."""
        return "rival"


class Needed:
    """Is needed."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return []


@dataclass
class Dependent:
    """Needs another."""

    needed: Needed


class Quitting:
    """Quits where it is asked for its commands."""

    @hookimpl
    def commands(self, cli: click.Group) -> None:
        raise SystemExit(3)
