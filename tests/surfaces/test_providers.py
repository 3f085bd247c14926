"""The whole way from a client to a provider that nobody here wrote: what it sees, and what comes back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from mcp import Client, StdioServerParameters, stdio_client

pytestmark = pytest.mark.slow

PERSON = "I am Ann, ann.lee@example.com, card 4111 1111 1111 1111. What is the capital of France?"
SECRETS = ("ann.lee@example.com", "4111 1111 1111 1111", "4111111111111111")


class Aimock:
    """A running aimock, and its journal."""

    def __init__(self, url: str) -> None:
        self.url = url

    def journal(self) -> str:
        with urlopen(f"{self.url}/__aimock/journal") as answer:
            return str(answer.read().decode())

    def chaos(self, **rates: float) -> None:
        request = Request(f"{self.url}/__aimock/chaos", json.dumps(rates).encode(), method="POST")
        request.add_header("content-type", "application/json")
        urlopen(request).close()


@pytest.fixture(scope="module")
def commands(npm: Callable[[str], Path]) -> Path:
    return npm("@copilotkit/aimock@1.43")


@pytest.fixture
def aimock(commands: Path, tmp_path: Path) -> Iterator[Aimock]:
    fixtures = tmp_path / "fixtures.json"
    says_paris = {"match": {"userMessage": "capital of France"}, "response": {"content": "Paris."}}
    fixtures.write_text(json.dumps({"fixtures": [says_paris]}))
    command = [str(commands / "llmock"), "-p", "0", "-f", str(fixtures)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    url = next(found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line)))
    yield Aimock(url)
    process.kill()
    process.communicate()


def environment(aimock: Aimock) -> dict[str, str]:
    return {**os.environ, "OPENAI_BASE_URL": f"{aimock.url}/v1", "OPENAI_API_KEY": "sk-test"}


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_person_s_data_does_not_reach_the_provider(aimock: Aimock, mode: Any):
    server = StdioServerParameters(command=sys.executable, args=["-m", "toolpost", "serve"], env=environment(aimock))
    async with Client(stdio_client(server), mode=mode) as client:
        result = await client.call_tool("chat", {"prompt": PERSON})
    assert result.structured_content["answer"] == "Paris."
    journal = aimock.journal()
    assert "[EMAIL]" in journal
    assert "[CREDIT_CARD]" in journal
    assert [secret for secret in SECRETS if secret in journal] == []


def test_the_command_line_goes_the_same_way(aimock: Aimock):
    command = [sys.executable, "-m", "toolpost", "call", "chat", PERSON]
    done = subprocess.run(command, env=environment(aimock), capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "Paris.\n"), done.stderr
    assert [secret for secret in SECRETS if secret in aimock.journal()] == []


def test_a_provider_that_is_limited_is_asked_again_and_then_says_so(aimock: Aimock):
    aimock.chaos(rateLimitRate=1)
    command = [sys.executable, "-m", "toolpost", "call", "chat", "capital of France"]
    quick = {"TOOLPOST__RETRY__FIRST_WAIT": "0.01", "TOOLPOST__RETRY__ATTEMPTS": "3"}
    done = subprocess.run(command, env=environment(aimock) | quick, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
