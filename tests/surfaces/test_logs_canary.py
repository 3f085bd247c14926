"""Secrets that a plugin logs, raises, warns of or is given never leave a running toolpost, not even at DEBUG."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from serving import Served, served

from toolpost import Tool, ToolError, hookimpl
from toolpost.middleware.metrics import Metrics

NAMES = (
    "env key", "config key", "secret field", "bearer", "401 body", "401 cookie", "userinfo",
    "exception", "password", "thread", "warning", "finalizer", "query",
)  # fmt: skip
CANARY = {name: f"canary{number:02d}x7Qf9{'Zt3Lw8' * 3}" for number, name in enumerate(NAMES)}
# One that shows by its name alone: no form of a key, so nothing masks it on its way to the tool.
CANARY["password"] = "canary08-hunter2"
EMAIL = "jane.canary@example-mail.org"


@dataclass
class Gossip:
    """Says everything it knows, in every way there is."""

    metrics: Metrics
    api_key: str = ""
    webhook: SecretStr = SecretStr("")
    url: str = ""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.gossip), Tool(self.fetch), Tool(self.crash), Tool(self.fail), Tool(self.numbers)]

    async def gossip(self, password: str) -> str:
        """Log it all."""
        import logging
        import os
        import threading
        import warnings

        log = logging.getLogger("gossip")
        log.debug("%s %s %s", os.environ["GOSSIP_TOKEN"], self.api_key, self.webhook.get_secret_value())
        log.debug("headers %s", {"Authorization": f"Bearer {CANARY['bearer']}"})
        log.info("calling https://ann:%s@example.org/?api_key=%s", CANARY["userinfo"], CANARY["query"])
        log.warning(
            "arguments %s, %s, password=%s", {"password": password}, json.dumps({"password": password}), password
        )
        log.warning("for %s\r\ntoolpost: ERROR: forged\x1b[31m\u2028", EMAIL)
        warnings.warn(f"secret: {CANARY['warning']}", stacklevel=1)
        thread = threading.Thread(target=self.fall, args=("thread",))
        thread.start()
        thread.join()
        Last()
        return "told"

    async def fetch(self) -> str:
        """Ask a server that refuses, and repeat what it says."""
        import httpx2

        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(self.url, headers={"Authorization": f"Bearer {CANARY['bearer']}"})
        raise PermissionError(f"{answer.status_code}: {answer.text} {answer.headers}")

    async def crash(self, password: str) -> str:
        self.fall("exception", password)
        return ""

    async def fail(self) -> str:
        raise ToolError(f"refused: Authorization: Bearer {CANARY['bearer']}, write to {EMAIL}")

    async def numbers(self) -> str:
        """What Prometheus would be shown."""
        return self.metrics.render().decode()

    def fall(self, *names: str) -> None:
        raise ValueError(" ".join(CANARY.get(name, name) for name in names))


class Last:
    def __del__(self) -> None:
        raise ValueError(CANARY["finalizer"])


@pytest.fixture(params=["text", "json"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, httpserver: HTTPServer, monkeypatch: Any
) -> Iterator[Served]:
    body = {"error": {"message": f"Incorrect API key provided: sk-{CANARY['401 body']}"}}
    httpserver.expect_request("/v1").respond_with_json(body, 401, {"Set-Cookie": f"session={CANARY['401 cookie']}"})
    # The child finds its plugins in the folder that it works in, too.
    info = tmp_path / "served" / "gossip-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gossip\nVersion: 1.0\n")
    points = "[toolpost]\ngossip = gossip_plugin:Gossip\ncounting = toolpost.middleware.metrics:Metrics\n"
    (info / "entry_points.txt").write_text(points)
    (info.parent / "gossip_plugin.py").symlink_to(__file__)
    config = f"""
        [server]
        log_level = "DEBUG"
        log_format = "{request.param}"
        [plugins.trace]
        [plugins.counting]
        [plugins.pii]
        [plugins.gossip]
        api_key = "{CANARY["config key"]}"
        webhook = "{CANARY["secret field"]}"
        url = "{httpserver.url_for("/v1")}"
    """
    monkeypatch.setenv("GOSSIP_TOKEN", CANARY["env key"])
    with served(tmp_path / "served", config) as running:
        yield running.handshake()


def test_no_canary_leaves(server: Served):
    answers = [
        server.call("gossip", password=CANARY["password"]),
        server.call("fetch"),
        server.call("crash", password=CANARY["password"]),
        server.call("fail"),
        server.call("numbers"),
        server.call("no such tool", password=CANARY["password"]),
    ]
    server.close_input()
    assert server.ended() == 0
    log = server.stderr()
    assert "401" not in log or "Incorrect" not in log
    seen = json.dumps(answers) + log
    assert [name for name, canary in CANARY.items() if canary in seen or canary[:14] in seen] == []
    assert EMAIL not in seen
    # It was all said: the log has a line for each, and no line of their own making.
    for word in ("gossip", "headers", "ValueError", "a thread of a plugin failed", "a finalizer failed", "warnings"):
        assert word in log
    assert "\x1b" not in log
    assert not [line for line in log.splitlines() if line.startswith("toolpost: ERROR: forged")]
    assert 'kind="crash"' in answers[4]["result"]["content"][0]["text"]
    assert answers[0]["result"]["_meta"]["toolpost/trace"]["us"]


def test_every_line_of_json_is_an_event(server: Served):
    server.call("gossip", password=CANARY["password"])
    server.close_input()
    server.ended()
    lines = server.stderr().splitlines()
    if lines[0].startswith("{"):
        calls = [json.loads(line).get("call") for line in lines]
        assert any(calls)
    else:
        assert all(line.startswith("toolpost: ") for line in lines)
