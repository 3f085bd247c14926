"""What a distribution's plugins contribute, found out in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolpost.errors import PluginError
from toolpost.packages.manifest import Contribution
from toolpost.packages.subject import Subject

CHILD = "toolpost.packages.child"
# Seconds that building plugins may take.
LONGEST = 60.0


def describe(
    subject: Subject, config: Path | None = None, *, environ: Mapping[str, str] | None = None
) -> dict[str, Contribution]:
    """What the plugins of a distribution contribute, found out in a child process.

    With variables of its own, `environ`, it is also silent.

    Raises:
        PluginError: one of them does not stand.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = subject.on_path(Path(folder))
        result = Path(folder) / "result.json"
        words = [str(result), str(config.absolute()) if config else "", *subject.plugins]
        command = [sys.executable, "-P", "-m", CHILD, *words]
        inherited = os.environ if environ is None else environ
        python = os.pathsep.join([*path, *filter(None, [inherited.get("PYTHONPATH")])])
        _run(command, {**inherited, "PYTHONPATH": python}, subject, is_silent=environ is not None)
        answer: dict[str, Any] = json.loads(result.read_text("utf-8")) if result.is_file() else {"failed": "it ended"}
    if "failed" in answer:
        raise PluginError(f"{subject.name} cannot be described: {answer['failed']}")
    return {name: answer["plugins"][name] for name in subject.plugins}


def _run(command: Sequence[str], environ: Mapping[str, str], subject: Subject, *, is_silent: bool) -> None:
    # What it prints is no answer: that goes into a file.
    noise = (
        {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if is_silent else {"stdout": sys.stderr.fileno()}
    )
    try:
        subprocess.run(command, env=environ, timeout=LONGEST, check=False, **noise)
    except subprocess.TimeoutExpired:
        raise PluginError(f"{subject.name} cannot be described: it took longer than {LONGEST:g} s") from None
