"""What importing a plugin costs and does, seen from outside: each import is a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any

from toolpost.checks.finding import Finding, error

# Seconds that an import may take beyond toolpost's own, and that it has in all.
LIMIT, LONGEST = 0.050, 15.0
TIMES, MORE = 3, 4
HEAVY = frozenset(
    """
    openai anthropic PIL numpy pandas scipy torch transformers tensorflow sklearn matplotlib cv2 httpx httpx2
    requests aiohttp fastapi starlette uvicorn sqlalchemy boto3 botocore google.cloud playwright selenium langchain
    mcp.server mcp.client lxml bs4 yaml rich tenacity phonenumbers xllamacpp
    """.split()  # noqa: SIM905 - as a list of texts it would be a page
)
PROBE = """
import gc, json, sys, threading, time
from importlib import import_module
import toolpost
for name in toolpost.__all__: getattr(toolpost, name)
from toolpost.checks import effects
import pydantic, dataclasses, typing, functools, contextlib, re, json
effects.arm()
before, module = set(sys.modules), sys.argv[1]
answer = {"failed": ""}
with effects.watched() as seen:
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        import_module(module)
    except BaseException as error:
        from toolpost.plugins.broken import reason
        answer["failed"] = reason(error, sys.argv[3])
    answer |= {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
answer |= {"new": sorted(set(sys.modules) - before), "done": seen.done}
answer |= {"printed": seen.printed, "threads": seen.threads}
with open(sys.argv[2], "w") as file: json.dump(answer, file)
import os; os._exit(0)
"""


def of_import(module: str, environ: Mapping[str, str], folder: str, plugin: str = "") -> Iterator[Finding]:
    """What is wrong with the import of a plugin's module."""
    about, runs = f"import of {module}", []
    for _ in range(TIMES):
        found = _probe(module, environ, folder, plugin)
        if isinstance(found, str):
            yield error("import", about, found, "do nothing at import, and import optional things where they are used")
            return
        runs.append(found)
    yield from _effects(about, runs[0])
    if _cost(runs) > LIMIT:
        # A busy machine is no fault of the plugin: slow ones are measured again.
        runs += [run for _ in range(MORE) if isinstance(run := _probe(module, environ, folder, plugin), dict)]
    yield from _time(about, runs)


def _probe(module: str, environ: Mapping[str, str], folder: str, plugin: str) -> dict[str, Any] | str:
    """What one import did; a sentence where it failed."""
    result = f"{folder}/import.json"
    command = [sys.executable, "-c", PROBE, module, result, plugin]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return f"it takes longer than {LONGEST:g} s"
    try:
        with open(result) as file:  # noqa: PTH123 - a name that is thrown away
            answer: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return f"it ends the process with status {done.returncode}"
    finally:
        _forget(result)
    if answer["failed"]:
        return f"it raises {answer['failed']}"
    answer["printed"] += done.stdout + done.stderr
    return answer


def _forget(path: str) -> None:
    from pathlib import Path

    Path(path).unlink(missing_ok=True)


def _effects(about: str, run: Mapping[str, Any]) -> Iterator[Finding]:
    if run["printed"].strip():
        yield error("import-output", about, f"it prints {run['printed'].strip()[:60]!r}", "log it, where it happens")
    for what in run["done"]:
        yield error("import-effects", about, f"it {what}", "do that in `lifespan`, or at the first call")
    if run["threads"]:
        what = f"it leaves the thread {run['threads'][0]!r} behind"
        yield error("import-threads", about, what, "start threads in `lifespan`, and end them there")
    if heavy := sorted(HEAVY & set(run["new"])):
        way_out = "import it in the function that needs it"
        yield error("import-heavy", about, f"it imports {', '.join(heavy)}", way_out)


def _time(about: str, runs: list[dict[str, Any]]) -> Iterator[Finding]:
    if (cost := _cost(runs)) > LIMIT:
        tops = sorted({name.partition(".")[0] for name in runs[0]["new"]})
        what = f"it takes {cost * 1000:.0f} ms beyond toolpost, and at most {LIMIT * 1000:.0f} are allowed"
        way_out = f"import what is not needed at once in functions; it brings {', '.join(tops)[:200]}"
        yield error("import-time", about, what, way_out)


def _cost(runs: list[dict[str, Any]]) -> float:
    """Seconds of an import: processor time, which others cannot lengthen, or what it slept each time."""
    return float(max(median(run["cpu"] for run in runs), min(run["wall"] for run in runs)))
