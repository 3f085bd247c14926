"""What another plugin must offer to stand in where there is neither a key nor a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, runtime_checkable

Report = Callable[[float, float | None, str], Awaitable[None]]
"""Takes progress: how much is done, of how much, and what is going on."""


class Abilities(Protocol):
    """What a provider's model can do besides answering text."""

    @property
    def tools(self) -> bool: ...
    @property
    def images(self) -> bool: ...


class Endpoint(Protocol):
    """Where a provider can be reached, in OpenAI's shape, and the one model it serves.

    An endpoint may also say `max_tokens`, the longest answer it gives, and
    `demonstration`, that its model is there to try toolpost and not to be relied on.
    """

    @property
    def base_url(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    @property
    def model(self) -> str: ...


@runtime_checkable
class Provider(Protocol):
    """A plugin that serves a model of its own; the host finds it by this shape.

    `connect` makes the model ready, reporting its progress, and may be called
    again at any time: it answers at once when the model is ready.
    """

    @property
    def name(self) -> str: ...
    @property
    def abilities(self) -> Abilities: ...
    async def connect(self, report: Report) -> Endpoint: ...


def calls_tools(provider: Provider) -> bool:
    """Whether the provider's model may be given functions to call; one that does not say so may not."""
    return bool(getattr(provider.abilities, "tools", False))


def sees(provider: Provider) -> bool:
    """Whether the provider's model may be shown pictures; one that does not say so may not."""
    return bool(getattr(provider.abilities, "images", False))


async def silence(done: float, total: float | None, message: str) -> None:
    """A report that nobody reads."""
