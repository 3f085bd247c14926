"""The request that the handbook shows, made by curl to a server that runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from reaching import reached

PAGE = Path(__file__).parents[3] / "docs/use.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_request_of_the_handbook_is_answered(tmp_path: Path):
    shown = re.findall(r"```sh\n(curl .*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (command,) = [one for one in shown if "http://localhost:8765/mcp" in one]
    with reached(tmp_path, "[plugins.trace]\n[plugins.cache]\n") as server:
        there = command.replace("http://localhost:8765/mcp", f"--silent --noproxy '*' {server.url}")
        done = subprocess.run(["sh", "-c", there], capture_output=True, text=True, timeout=60, check=True)
    result = json.loads(done.stdout)["result"]
    assert not result.get("isError")
    assert result["structuredContent"]["hits"] == 0
