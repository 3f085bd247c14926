"""Whether a call ends when its caller goes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import anyio

from toolpost.checks.finding import Finding, error
from toolpost.checks.outcome import GRACE, WAY_OUT, Stuck
from toolpost.errors import ToolError
from toolpost.host import Host
from toolpost.tools.context import InputRequired
from toolpost.tools.tool import Tool

# Seconds after which the caller goes, the second time sooner, and between two looks at a thread.
LEAVES, LOOK = (0.05, 0.02), 0.02


async def of_cancellation(host: Host, tool: Tool, arguments: Mapping[str, Any], stuck: Stuck) -> AsyncIterator[Finding]:
    """What a tool does wrong when its caller goes while it works; one that answers at once does nothing wrong."""
    about = f"tool {tool.name!r}"
    ends = [await left(host, tool.name, arguments, seconds, stuck) for seconds in LEAVES]
    if all(end == "answered" for end in ends):
        yield error("cancellation", about, "it swallows the cancellation and answers", WAY_OUT)
    elif "stopped" in ends and await _is_running(tool):
        what = f"its thread goes on {GRACE:g} s after its caller has gone"
        yield error("cancellation", about, what, "call context.blocking.check() in long loops, or make it async")


async def left(host: Host, name: str, arguments: Mapping[str, Any], seconds: float, stuck: Stuck) -> str:
    """How a call ends whose caller goes after some seconds: "early", before that; "stopped"; or "answered"."""
    done, end = anyio.Event(), "early"
    async with anyio.create_task_group() as tasks:
        scope = anyio.CancelScope()

        async def call() -> None:
            nonlocal end
            with scope:
                try:
                    await host.call(name, arguments)
                except (ToolError, InputRequired):
                    pass
                end = "answered" if scope.cancel_called else "early"
            if scope.cancelled_caught:
                end = "stopped"
            done.set()

        tasks.start_soon(call)
        with anyio.move_on_after(seconds):
            await done.wait()
        scope.cancel()
        with anyio.move_on_after(GRACE):
            await done.wait()
        if not done.is_set():
            what = f"it goes on {GRACE:g} s after its caller has gone"
            stuck(error("cancellation", f"tool {name!r}", what, WAY_OUT))
    return end


async def _is_running(tool: Tool) -> bool:
    """Whether a plain function is still at work in some thread when the grace is over."""
    code = getattr(inspect.unwrap(tool.function), "__code__", None)
    with anyio.move_on_after(GRACE):
        while _works(code):  # noqa: ASYNC110 - nothing tells of its end
            await anyio.sleep(LOOK)
    return _works(code)


def _works(code: CodeType | None) -> bool:
    return code is not None and any(
        frame.f_code is code for top in sys._current_frames().values() for frame in _stack(top)
    )


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
