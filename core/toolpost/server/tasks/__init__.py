"""The extension `io.modelcontextprotocol/tasks` (SEP-2663): calls that go on when their request has been answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.host import Host

if TYPE_CHECKING:
    from toolpost.middleware.ledger.tickets import Tickets

# The extension's name, in capabilities of both sides.
TASKS = "io.modelcontextprotocol/tasks"


def tickets_of(host: Host) -> Tickets | None:
    """Where calls are written down that leave their requests behind; None without the ledger, which keeps them."""
    found: list[Tickets] = [layer.tickets for _, layer in host.layers if hasattr(layer, "tickets")]
    return found[0] if found else None
