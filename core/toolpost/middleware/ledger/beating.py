"""Telling other processes that this one lives, and writing down what the store did not take before."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import anyio

from toolpost.errors import Unavailable
from toolpost.middleware.ledger.flight import Flight
from toolpost.middleware.ledger.tickets import Tickets


async def beat(flights: Mapping[str, Flight], tickets: Tickets) -> None:
    """Do so several times in each lease, for ever; while nothing is under way there is nothing to tell."""
    book = tickets.book
    while True:
        await anyio.sleep(book.lease / 3)
        if flights or book.late or tickets.is_busy:
            with suppress(Unavailable):
                await book.beat()
                await tickets.stored.beat()
