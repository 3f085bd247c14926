"""Whether what plugins stand on elsewhere answers: asked once each, and only where an operator wants it.

A plugin with an `async` method `online()` is asked. It gives a sentence on
who answered, or an empty one where there is nobody to ask, and raises a
`ToolError` where it is refused or not heard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from toolpost.doctor.findings import Finding, speakers
from toolpost.errors import ToolError
from toolpost.host import Host
from toolpost.plugins.broken import reason

# Seconds for all of them, who are asked at once.
LONGEST = 10.0
NOBODY = "nothing was asked over the network: no enabled plugin has a provider or server to ask"


async def online(host: Host) -> list[Finding]:
    """A finding for each that has something to say."""
    found: dict[str, Finding | None] = {}
    asked = {name: one.online for name, one in speakers(host, "online") if name not in host.registry.broken}
    async with anyio.create_task_group() as tasks:
        for name, ask in asked.items():
            tasks.start_soon(_ask, name, ask, found)
    told = [finding for name in asked if (finding := found[name]) is not None]
    return told or [Finding("note", NOBODY)]


async def _ask(name: str, ask: Callable[[], Awaitable[str]], found: dict[str, Finding | None]) -> None:
    try:
        with anyio.fail_after(LONGEST):
            said = await ask()
    except TimeoutError:
        found[name] = Finding("look", f"plugin {name!r}: no answer within {LONGEST:g} s")
    except ToolError as error:
        found[name] = Finding("look", f"plugin {name!r}: {error}")
    except Exception as error:
        found[name] = Finding("look", f"plugin {name!r} cannot say whether it is online: {reason(error)}")
    else:
        found[name] = Finding("ok", f"plugin {name!r}: {said}") if said else None
