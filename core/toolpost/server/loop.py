"""An event loop that no plugin ends."""

from __future__ import annotations

import asyncio
import logging

log = logging.getLogger("toolpost")


class SturdyLoop(asyncio.SelectorEventLoop):
    """asyncio's own, but SystemExit and KeyboardInterrupt do not leave it.

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
