"""A client that reads only stdout must not hold up the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CRASHES = """
from toolpost import Tool, hookimpl

class Crashes:
    @hookimpl
    def tools(self):
        return [Tool(self.crash)]

    async def crash(self) -> str:
        raise ValueError("x" * 1000)
"""


def test_a_log_that_nobody_reads_is_dropped(tmp_path: Path):
    (tmp_path / "crashes.py").write_text(CRASHES)
    info = tmp_path / "crashes-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: crashes\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[toolpost]\ncrashes = crashes:Crashes\n")
    (tmp_path / "config.toml").write_text("[plugins.crashes]\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "TOOLPOST_CONFIG": str(tmp_path / "config.toml")}
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    calls = [
        {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "crash", "_meta": meta}}
        for number in range(400)
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "toolpost", "serve"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    answers = []
    for call in calls:
        process.stdin.write(json.dumps(call) + "\n")
        process.stdin.flush()
        answers.append(json.loads(process.stdout.readline()))
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    assert all(answer["result"]["isError"] for answer in answers)
    assert process.stderr is not None
    assert 30_000 < len(process.stderr.read()) <= 70_000
    process.stdout.close()
    process.stderr.close()
