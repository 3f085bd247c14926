"""What servers write on stderr."""

from __future__ import annotations

import os

import anyio
import anyio.to_thread
import pytest

from toolpost_upstream.children.said import READ, Said

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes that can be waited on")


async def test_a_flood_of_line_feeds_has_to_wait():
    readable, writable = os.pipe()
    said = Said("loud", readable, ())
    written = 0

    def flood() -> None:
        nonlocal written
        with os.fdopen(writable, "wb", buffering=0) as pipe:
            while written < 3 * READ:
                try:
                    written += pipe.write(b"\n" * 65_536)
                except OSError:  # nobody reads any more
                    return

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(said.run)
        with anyio.move_on_after(0.5):
            await anyio.to_thread.run_sync(flood, abandon_on_cancel=True)
        tasks.cancel_scope.cancel()
    os.close(readable)
    # What one second may bring, what was read beyond it at once, and what fits into the pipe.
    assert written <= READ + 4 * 65_536
