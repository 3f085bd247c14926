"""What counts for a call whose price nobody knows."""

from __future__ import annotations

from toolpost import Host


def unknown_cost(host: Host) -> float | None:
    """Dollars that a layer of the host has for it, as the ledger does; None where none has."""
    found = [cost for _, layer in host.layers if (cost := getattr(layer, "unknown_cost", None))]
    return max(map(float, found), default=None)
