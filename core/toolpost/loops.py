"""An event loop that no plugin ends."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from toolpost.crash import account

log = logging.getLogger("toolpost")


class Sturdy(asyncio.AbstractEventLoop):
    """In front of another class of loops: SystemExit and KeyboardInterrupt do not leave it.

    asyncio lets these two out of any task or callback and so stops the loop,
    after the task has got its exception: whoever awaits it still hears of it.
    A real Ctrl-C is a signal with a handler of ours.
    """

    def run_forever(self) -> None:
        while True:
            try:
                return super().run_forever()
            except (SystemExit, KeyboardInterrupt) as error:
                log.error("a task of a plugin raised %s", type(error).__name__)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Name what a task left behind, without the texts: asyncio quotes the exception, and what it holds."""
        error = context.get("exception")
        if error is None:
            super().default_exception_handler(context)
        else:
            log.error("a task of a plugin failed\n%s", "\n".join(account(error)))


class SturdyLoop(Sturdy, asyncio.SelectorEventLoop):
    """asyncio's own."""


def options(backend: str) -> dict[str, Any]:
    """What `anyio.run` needs to run on the sturdy loop, where it has one."""
    return {"loop_factory": SturdyLoop} if backend == "asyncio" and sys.platform != "win32" else {}
