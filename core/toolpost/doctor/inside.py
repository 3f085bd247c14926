"""The canaries from within Python: run in a child process, which prints what it saw as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import anyio

from toolpost.config.load import load
from toolpost.doctor.canaries import strings
from toolpost.doctor.steps import STEPS, Seen, Step
from toolpost.errors import ToolError, ToolpostError, UnknownTool
from toolpost.host import Host
from toolpost.plugins.assemble import assemble
from toolpost.server import wire
from toolpost.tools.call import ToolResult
from toolpost.tools.context import Context


async def main() -> list[Seen]:
    """What a program sees that holds a host of its own."""
    async with assemble(load()) as host:
        return [await _seen(host, step) for step in STEPS]


async def _seen(host: Host, step: Step) -> Seen:
    seen = Seen()

    async def told(done: float, total: float | None, message: str | None) -> None:
        seen.told.append(message or "")

    try:
        result = await _use(host, step, Context(report=told))
        seen.texts = strings(wire.result(result, stateless=True))
    except (ToolError, UnknownTool) as error:
        seen.texts, seen.failed = [str(error), *strings(dict(getattr(error, "meta", {})))], True
    return seen


async def _use(host: Host, step: Step, context: Context) -> ToolResult:
    match step.kind:
        case "tool":
            return await host.call(step.name, dict(step.arguments), context)
        case "resource":
            return (await host.read(step.uri, context))[1]
        case "prompt":
            return await host.prompt(step.name, dict(step.arguments), context)


if __name__ == "__main__":
    # What plugins print is none of the answer.
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        found = anyio.run(main)
    except ToolpostError as error:
        sys.exit(str(error))
    out.write(json.dumps([asdict(seen) for seen in found]))
    out.flush()
