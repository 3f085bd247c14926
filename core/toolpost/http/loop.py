"""The event loop that HTTP is served on: the faster one where it is installed, and one that no plugin ends."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

from toolpost.loops import Sturdy, options


def loop_options() -> dict[str, Any]:
    """What `anyio.run` needs for it; there is no uvloop for Windows."""
    if sys.platform == "win32" or find_spec("uvloop") is None:
        return options("asyncio")
    return {"loop_factory": _sturdy_uvloop()}


def _sturdy_uvloop() -> type[Any]:
    import uvloop

    class SturdyUVLoop(Sturdy, uvloop.Loop):  # type: ignore[misc]  # its stubs are older than typeshed's
        """uvloop's."""

    return SturdyUVLoop
