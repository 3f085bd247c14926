"""A whole check: what can be read, what imports do, and what the plugin does on both event loops."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from toolpost.checks.finding import Finding, error, note, refuse_unknown
from toolpost.checks.importing import of_import
from toolpost.checks.job import Job
from toolpost.checks.manifests import of_manifest
from toolpost.checks.metadata import handbook, of_distribution, of_name
from toolpost.folders import Folders
from toolpost.packages.subject import Subject
from toolpost.plugins.stuck import Stuck

# Seconds that one plugin has on one event loop.
LONGEST = 60.0
BACKENDS = ("asyncio", "trio")


@dataclass(frozen=True)
class Options:
    """How to check: settings by plugin, tools that may be called besides, rules to do without."""

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    calls: Sequence[str] = ()
    without: Collection[str] = ()


def check(given: str, options: Options | None = None) -> list[Finding]:
    """All findings about the plugins of a distribution, a project's folder, or one plugin by name.

    Raises:
        PluginError: there is no such thing, or no such rule to do without.
    """
    return check_subject(Subject.of(given), options)


def check_subject(subject: Subject, options: Options | None = None) -> list[Finding]:
    """The same for a subject that is known."""
    options = options or Options()
    refuse_unknown(options.without)
    with tempfile.TemporaryDirectory(prefix="toolpost-", ignore_cleanup_errors=True) as folder:
        environ = environment(subject.on_path(Path(folder)), Path(folder))
        found = [*of_distribution(subject)]
        for name, value in subject.plugins.items():
            found += of_name(name, subject)
            found += of_plugin(Job(name, value, folder, handbook=handbook(subject)), environ, options)
        if not any(finding.rule in ("import", "build", "manifest") for finding in found):
            found += of_manifest(subject, environ)
    # Whoever checks a plugin wants it tried again.
    Stuck(Folders.of_user()).forget(subject.plugins)
    return [finding for finding in found if finding.rule not in options.without]


def of_plugin(job: Job, environ: Mapping[str, str], options: Options) -> Iterator[Finding]:
    """What is wrong with one plugin."""
    found = [*of_import(job.value.partition(":")[0].strip(), environ, job.folder, job.name)]
    yield from found
    if any(finding.rule == "import" for finding in found):
        return
    settings, backends = options.settings.get(job.name, {}), [name for name in BACKENDS if find_spec(name)]
    jobs = [replace(job, backend=name, settings=settings, calls=tuple(options.calls)) for name in backends]
    with ThreadPoolExecutor(len(jobs)) as pool:
        first, *others = pool.map(lambda one: _examined(one, environ), jobs)
    yield from first
    for backend, more in zip(backends[1:], others, strict=True):
        yield from _only_there(backend, first, more)
    if len(backends) == 1:
        yield note("event-loops", f"plugin {job.name!r}", "it was tried on asyncio alone", "install toolpost[trio]")


def environment(path: Sequence[str], folder: Path) -> dict[str, str]:
    """The variables of a child: no keys of anybody, and a home that goes away."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "OPENAI_"))}
    python = os.pathsep.join([*path, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": python, "TOOLPOST_HOME": str(folder / "home")}


def _examined(job: Job, environ: Mapping[str, str]) -> list[Finding]:
    order = Path(job.folder) / f"{job.name}-{job.backend}.json"
    job.result.unlink(missing_ok=True)
    job.write(order)
    command = [sys.executable, "-P", "-m", "toolpost.checks.examining", str(order)]
    end = f"it goes on for more than {LONGEST:g} s"
    try:
        done = subprocess.run(command, env=environ, capture_output=True, timeout=LONGEST, check=False, cwd=job.folder)
        end = f"it ends the process with status {done.returncode}" if done.returncode else ""
    except subprocess.TimeoutExpired:
        pass
    found, doing = job.told()
    if doing and (end or not found):
        rule = "call" if doing.startswith("calling") else "build"
        what = f"{end or 'it ends the process'} while {doing}"
        found.append(error(rule, f"plugin {job.name!r}", what, "see what it does there; nothing else was looked at"))
    return list(dict.fromkeys(found))


def _only_there(backend: str, first: Collection[Finding], more: Collection[Finding]) -> Iterator[Finding]:
    """What is wrong on one event loop alone."""
    known = {(finding.rule, finding.about) for finding in first}
    for finding in more:
        if (finding.rule, finding.about) not in known and finding.level == "error":
            way_out = "use anyio, never asyncio, and libraries that work on both"
            yield error("event-loops", finding.about, f"on {backend} alone {finding.what}", way_out)
