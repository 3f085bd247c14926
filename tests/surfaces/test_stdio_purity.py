"""Standard output is the protocol's alone, whoever prints, and whenever."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from serving import Served, command, environment, served

NOISY = "[plugins.trace]\n[plugins.noisy]\n[plugins.hostile]\n"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("end", ["input", "signal"])
def test_not_a_byte_of_a_noisy_plugin_reaches_the_client(tmp_path: Path, backend: str, end: str):
    with served(tmp_path / "served", NOISY, "--backend", backend) as server:
        _use(server.handshake())
        server.close_input() if end == "input" else server.signal(signal.SIGTERM)
        assert server.ended() == 0
    assert server.lines
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in server.lines)
    for where in ("import", "build", "tools", "middleware", "resources", "prompts", "layer", "tool", "sync tool"):
        assert f"descriptor {where}\n" in server.stderr()
        assert f"child {where}\n" in server.stderr()


def test_what_is_printed_comes_out_on_stderr_to_the_last_line(tmp_path: Path):
    with served(tmp_path / "served", NOISY) as server:
        _use(server.handshake())
        server.close_input()
        server.ended()
    for where in ("import", "build", "tool", "lifespan opens", "lifespan closes"):
        assert f"print {where}\n" in server.stderr()


def test_the_command_line_prints_the_answer_alone(tmp_path: Path):
    done = subprocess.run(
        command("call", "noise", "--json"),
        capture_output=True,
        env=environment(tmp_path, NOISY),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert json.loads(done.stdout)["content"] == [{"type": "text", "text": "done"}]
    assert b"print tool" in done.stderr


def _use(server: Served) -> None:
    assert server.call("noise")["result"]["content"][0]["text"] == "done"
    assert server.call("noise_sync")["result"]["content"][0]["text"] == "done"
    assert server.call("loud")["result"]["content"][0]["text"] == "quiet"
    assert "result" in server.answer(server.request("resources/read", {"uri": "noisy://x"}))
    assert "result" in server.answer(server.request("prompts/get", {"name": "noise"}))
