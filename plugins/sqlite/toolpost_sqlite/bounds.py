"""How much one call may take and give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """As in the settings of the plugin."""

    rows: int = 1000
    bytes: int = 400_000
    seconds: float = 10.0
    wait: float = 5.0
    value_bytes: int = 1_000_000
    memory: int = 128_000_000
