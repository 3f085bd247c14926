"""A server with tools that wait, and what a client says that comes back for their results."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

META, TASKS, MODERN = "io.modelcontextprotocol", "io.modelcontextprotocol/tasks", "2026-07-28"
CONFIG = (
    "[plugins.trace]\n[plugins.pii]\n[plugins.validation]\n[plugins.ledger]\n[plugins.timeout]\n[plugins.patient]\n"
)
OVER = ("completed", "failed", "cancelled")
PATIENCE = 60.0


def placed(folder: Path) -> Path:
    """The folder of a server, with the plugin in it: `python -m` looks there."""
    shutil.copytree(Path(__file__).parent / "patient", folder, dirs_exist_ok=True)
    return folder


def declaring(**capabilities: Any) -> dict[str, Any]:
    """The envelope of a client that comes back."""
    known = {"elicitation": {}, **capabilities, "extensions": {TASKS: {}}}
    client = {"name": "raw", "version": "1"}
    return {
        f"{META}/protocolVersion": MODERN,
        f"{META}/clientCapabilities": known,
        f"{META}/clientInfo": client,
    }


def journal(folder: Path) -> list[str]:
    """What the tools of a server did."""
    file = folder / "journal"
    return file.read_text().splitlines() if file.exists() else []


def until(condition: Callable[[], Any]) -> Any:
    """What a condition gives when it holds; a server in another process cannot wake this one."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)
    return found


def descriptors(process: int) -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def threads(process: int) -> int:
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def memory(process: int) -> int:
    """The bytes that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096
