"""Plugins that start in processes of their own: what each says there, or what its silence or its end says."""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any

from toolpost.config.load import Config
from toolpost.plugins.broken import Failure
from toolpost.plugins.patience import LONGEST

CHILD = "toolpost.packages.rehearsal"
# Seconds until the process itself stands: that is no plugin's doing.
BOOTING = 60.0
ENDING = 5.0
# Seconds more, in which the process itself may say where its plugin hangs.
SAYING = 1.5


def try_all(config: Config, names: Collection[str]) -> dict[str, Failure]:
    """What came of those that did not come through, by name."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        verdicts = dict(zip(names, pool.map(lambda name: _try(config, name), names), strict=True))
    return {name: verdict for name, verdict in verdicts.items() if verdict is not None}


def _try(config: Config, name: str) -> Failure | None:
    plugins = {**config.plugins, name: replace(config.plugins[name], enabled=True, required=False)}
    # Where the plugin is found, and nothing of the folder that this happens to run in.
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", CHILD]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    try:
        child = subprocess.Popen(command, env=environ, start_new_session=True, **pipes)
    except OSError:  # no such process can be had here: then nothing is known
        return None
    with child:
        try:
            with suppress(BrokenPipeError):
                assert child.stdin is not None
                child.stdin.write(pickle.dumps((replace(config, plugins=plugins), name)))
                child.stdin.close()
            return _verdict(child)
        finally:
            with suppress(OSError):
                os.killpg(child.pid, signal.SIGKILL)


def _verdict(child: subprocess.Popen[bytes]) -> Failure | None:
    """What the process says, or what its silence or its end says."""
    assert child.stdout is not None
    pipe, rest, step, began = child.stdout.fileno(), b"", "", monotonic()
    while True:
        if not select.select([pipe], [], [], LONGEST + SAYING if step else BOOTING)[0]:
            return Failure(f"PluginError: {step} took longer than {LONGEST:g} s", late=True) if step else None
        chunk = os.read(pipe, 65_536)
        if not chunk:
            return Failure(f"PluginError: {step} {_end(child)}") if step else None
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            match _said(line):
                case {"step": str(step)}:
                    began = monotonic()
                case {"failed": str(why), "places": str(places)}:
                    return Failure(why, places, late=monotonic() - began >= LONGEST)
                case {"well": True}:
                    return None


def _said(line: bytes) -> Any:
    """A line of the process; what is none is as if it was not there."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _end(child: subprocess.Popen[bytes]) -> str:
    try:
        status = child.wait(ENDING)
    except subprocess.TimeoutExpired:
        return "closes pipes that are not its own"
    if status < 0:
        with suppress(ValueError):
            return f"ends its process by {signal.Signals(-status).name}"
    return f"ends its process with status {status}"
