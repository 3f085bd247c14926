"""Who is at the other end of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Era = Literal["handshake", "stateless"]


@dataclass(frozen=True)
class Client:
    """Who is at the other end, and what it can take.

    `era` is the protocol generation it speaks: `handshake` up to 2025-11-25,
    `stateless` from 2026-07-28, None where the way in is not MCP.
    """

    name: str = ""
    version: str = ""
    era: Era | None = None
    result_bytes: int | None = None
    call_seconds: float | None = None
