"""What the plugin tells others of its model: where it answers, and what it can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Report = Callable[[float, float | None, str], Awaitable[None]]
"""Tells the caller how far its request is: done, total, and what is being done."""


@dataclass(frozen=True)
class Endpoint:
    """A running model behind an OpenAI-compatible door on this machine.

    `max_tokens` is the most that a request should ask for. `demonstration` is set
    for the embedded model, whose answers are to be marked as those of a toy.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    max_tokens: int
    demonstration: bool
    pid: int


@dataclass(frozen=True)
class Abilities:
    """What requests may contain besides text; llama.cpp ignores tools silently and fails on images."""

    tools: bool = False
    images: bool = False


async def silent(done: float, total: float | None, message: str) -> None:
    """A report that nobody reads."""
