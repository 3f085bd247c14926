"""The SDK's own client, connected in memory to a host."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from toolpost.host import Host
from toolpost.testing.scripts import Model, Person

if TYPE_CHECKING:
    from mcp import Client

    from toolpost.tools.peer import Level

Era = Literal["handshake", "stateless"]
# Both generations of the protocol, for tests that hold in each: `@pytest.mark.parametrize("era", ERAS)`.
ERAS: tuple[Era, ...] = ("handshake", "stateless")
MODES = {"handshake": "legacy", "stateless": "2026-07-28"}


@asynccontextmanager
async def connect(
    host: Host,
    era: Era = "stateless",
    *,
    person: Person | None = None,
    model: Model | None = None,
    roots: Iterable[str] | None = None,
    lines: list[tuple[str, str]] | None = None,
    log_level: Level = "debug",
    **options: Any,
) -> AsyncIterator[Client]:
    """An MCP client of this era, which speaks to the host as any client does, but in memory.

    ```python
    async with open_host(Dice()) as host, connect(host, person=Person(True)) as client:
        result = await client.call_tool("roll", {"count": 3})
    ```

    `person`, `model` and `roots` are what it can be asked; `lines` receives
    what tools write to its log. `options` are those of the SDK's `Client`.
    """
    # The SDK takes half a second to import, which a test of a plain call should not pay.
    from mcp import Client

    from toolpost.server.mcp import mcp_server
    from toolpost.testing.callbacks import logging, people, places, sampling

    given = {
        "elicitation_callback": people(person) if person else None,
        "sampling_callback": sampling(model) if model else None,
        "list_roots_callback": places(roots) if roots is not None else None,
        "logging_callback": logging(lines) if lines is not None else None,
        "log_level": log_level if lines is not None else None,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    async with Client(mcp_server(host), mode=MODES[era], **{**wanted, **options}) as client:
        if lines is not None and era == "handshake":
            with warnings.catch_warnings(action="ignore"):  # that the newer era has no such request
                await client.set_logging_level(log_level)
        yield client
