"""The event loop that HTTP is served on: the faster one where it is installed, and one that no plugin ends."""

from __future__ import annotations

import logging
import sys
from importlib.util import find_spec
from typing import Any

from toolpost.crash import account
from toolpost.server.loop import options

log = logging.getLogger("toolpost")


def loop_options() -> dict[str, Any]:
    """What `anyio.run` needs for it; there is no uvloop for Windows."""
    if sys.platform == "win32" or find_spec("uvloop") is None:
        return options("asyncio")
    return {"loop_factory": _sturdy_uvloop()}


def _sturdy_uvloop() -> type[Any]:
    """uvloop's, in the manner of `SturdyLoop`: SystemExit and KeyboardInterrupt of a task do not leave it."""
    import uvloop

    class SturdyUVLoop(uvloop.Loop):
        def run_forever(self) -> None:
            while True:
                try:
                    return super().run_forever()
                except (SystemExit, KeyboardInterrupt) as error:
                    log.error("a task of a plugin raised %s", type(error).__name__)

        def default_exception_handler(self, context: dict[str, Any]) -> None:
            error = context.get("exception")
            if error is None:
                super().default_exception_handler(context)
            else:
                log.error("a task of a plugin failed\n%s", "\n".join(account(error)))

    return SturdyUVLoop
