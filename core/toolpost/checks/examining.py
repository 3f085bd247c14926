"""Builds a plugin and looks at all of it, in a child process: `python -m` this module."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import anyio

from toolpost.checks.calls import may_call, of_calls
from toolpost.checks.effects import arm, bound_memory, watched
from toolpost.checks.finding import Finding, error, note
from toolpost.checks.job import Job
from toolpost.checks.layers import of_layer
from toolpost.checks.lifespans import of_lifespan
from toolpost.checks.making import Made, made, of_class
from toolpost.checks.network import network_module
from toolpost.checks.outcome import Stuck
from toolpost.checks.settings import CANARY
from toolpost.checks.tools import of_items, of_tools
from toolpost.crash import alone
from toolpost.host import Host
from toolpost.middleware.validation import Validation
from toolpost.packages.contribution import lies
from toolpost.plugins.broken import reason
from toolpost.plugins.reading import forgotten, unmarked

STATIC = "asyncio"


def examine(job: Job) -> None:
    """Tell all findings about one plugin on one event loop; what does not depend on it is told on one alone."""
    cls = of_class(job)
    if isinstance(cls, Finding):
        job.tell(cls)
        return
    job.tell("building it")
    found = made(cls, job)
    host = None if found.plugin is None else _hosted(job, found)
    for finding in found.findings if job.backend == STATIC else [one for one in found.findings if one.level == "error"]:
        job.tell(finding)
    if host is None or found.plugin is None:
        return
    if job.backend == STATIC:
        _static(job, found, host)
    anyio.run(_dynamic, job, host, found.plugin, backend=job.backend)
    job.tell("")


def _hosted(job: Job, found: Made) -> Host | None:
    """The host of the plugin, whose hooks are looked at while they run."""
    with watched() as effects:
        host = Host({job.name: found.plugin, "validation": Validation()}, versions={job.name: ""})
    found.judge(effects, "its hooks")
    if effects.seconds > 0.2:
        way_out = "do that in `lifespan`, or at the first call"
        found.findings.append(error("hooks-quick", "hooks", f"they take {effects.seconds * 1000:.0f} ms", way_out))
    if job.name in host.registry.broken:
        why, way_out = host.registry.broken[job.name], "mend the hook; hookspecs.py has an example of each"
        found.findings.append(error("hooks", "hooks", why, way_out))
        return None
    lacking = unmarked(found.plugin)
    found.findings += [error("hooks", f"hook {hook!r}", *forgotten(hook).split("; ", 1)) for hook in lacking]
    if not lacking and job.name in host.registry.idle():
        found.findings.append(error("hooks", "hooks", "the plugin implements none", "mark its methods with @hookimpl"))
    return host


def _static(job: Job, found: Made, host: Host) -> None:
    job.tell("looking at its tools")
    own = [tool for tool in host.registry.tools() if tool[0] == job.name]
    wanted = _raw_tools(found.plugin)
    module = network_module(job.value.partition(":")[0])
    for finding in of_tools(wanted or [tool for _, tool in own], module):
        job.tell(finding)
    for finding in of_items([*(item for _, item in host.registry.resources()), *host.prompts.values()]):
        job.tell(finding)
    if CANARY in repr(found.plugin) + str(found.plugin) + repr(wanted):
        way_out = "keep it in the SecretStr, or field(repr=False)"
        job.tell(error("secrets", "repr of the plugin", "it shows a secret", way_out))
    for sentence in lies(host):
        what = sentence.partition("does not say what it offers: ")[2].partition("; its author")[0]
        job.tell(error("manifest", "manifest", what, "write it anew with `toolpost plugins manifest`"))


def _raw_tools(plugin: Any) -> list[Any]:
    """The tools as the plugin names them, before the host gives each its name."""
    offered = getattr(type(plugin), "tools", None)
    return list(plugin.tools()) if hasattr(offered, "toolpost_impl") else []


async def _dynamic(job: Job, host: Host, plugin: object) -> None:
    def stuck(finding: Finding) -> NoReturn:
        job.tell(finding)
        job.tell("")
        os._exit(0)

    job.tell("opening and closing it")
    async for finding in of_lifespan(job.name, plugin):
        job.tell(finding)
    async with host:
        await _called(job, host, stuck)
    job.tell("trying its layer")
    async for finding in of_layer(job.name, plugin, stuck):
        job.tell(finding)


async def _called(job: Job, host: Host, stuck: Stuck) -> None:
    own = {name: tool for name, tool in host.tools.items() if tool.plugin == job.name}
    for tool in own.values():
        if may_call(tool, job.calls):
            job.tell(f"calling tool {tool.name!r}")
            async for finding in of_calls(host, tool, stuck):
                job.tell(finding)
        elif job.backend == STATIC:
            what = "it was not called, since it may change something or cost money"
            job.tell(note("call", f"tool {tool.name!r}", what, f"--call {tool.name} calls it with made-up arguments"))


def main() -> None:
    """Do the job in the file that the command line names."""
    job = Job.read(Path(sys.argv[1]))
    arm()
    bound_memory()
    try:
        examine(job)
    except BaseException as failed:
        job.tell(
            error(
                "build",
                "the plugin",
                f"it ends its check with {reason(alone(failed), job.name)}",
                "mend what raises this",
            )
        )
        job.tell("")
    # A thread that the plugin left behind is no reason to wait.
    os._exit(0)


if __name__ == "__main__":
    main()
