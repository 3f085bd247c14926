"""aimock, an emulator that nobody here wrote, as the provider: in both of its dialects, through every door."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from doors import DOORS, IN_PIECES, STREAMED, WHOLE, House, Seen, house
from serving import PATIENCE

pytestmark = pytest.mark.slow

LONG = {"content": "It slept all day. " * 60, "chunkSize": 10}
SLOW = {"latency": 20, "chunkSize": 10}
FIXTURES = [
    {"match": {"userMessage": "tables", "hasToolResult": True}, "response": {"content": "One: books."}},
    {
        "match": {"userMessage": "tables"},
        "response": {"content": "Let me see.", "toolCalls": [{"name": "list_tables", "arguments": {}}] * 2},
    },
    {"match": {"userMessage": "France"}, "response": {"content": "Paris."}},
    {"match": {"userMessage": "cut"}, "response": LONG, "truncateAfterChunks": 20},
    {"match": {"userMessage": "leave"}, "response": LONG, "disconnectAfterMs": 400, **SLOW},
    {"match": {"userMessage": "limited"}, "response": {"error": {"message": "slower"}, "status": 429}},
    {"match": {"userMessage": "broken"}, "response": {"error": {"message": "oh no"}, "status": 500}},
    {"match": {"userMessage": "overloaded"}, "response": {"error": {"message": "later"}, "status": 503}},
]
PATHS = {"openai": "/v1/responses", "compatible": "/v1/chat/completions"}


@dataclass(frozen=True)
class Aimock:
    """A running aimock."""

    url: str

    def journal(self) -> list[Any]:
        with urlopen(f"{self.url}/__aimock/journal") as answer:
            found: list[Any] = json.loads(answer.read())
        return found

    def set(self, **rates: float) -> None:
        request = Request(f"{self.url}/__aimock/chaos", json.dumps(rates).encode(), method="POST")
        request.add_header("content-type", "application/json")
        urlopen(request).close()


@pytest.fixture(scope="module")
def aimock(npm: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aimock]:
    folder = tmp_path_factory.mktemp("aimock")
    (folder / "fixtures.json").write_text(json.dumps({"fixtures": FIXTURES}))
    command = [str(npm("@copilotkit/aimock@1.43") / "llmock"), "-p", "0", "-f", str(folder / "fixtures.json")]
    # It says a lot, which a pipe that nobody reads would not hold.
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Aimock(_address(process, folder / "log.txt"))
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + PATIENCE
    while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.01)
    return found[0]


@pytest.fixture
def chaos(aimock: Aimock) -> Iterator[Callable[..., None]]:
    """Lets aimock fail at these rates until the test ends."""
    yield aimock.set
    aimock.set(dropRate=0, malformedRate=0, disconnectRate=0, rateLimitRate=0)


@pytest.fixture(scope="module", params=PATHS)
def serves(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def gateway(aimock: Aimock, serves: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests in a dialect: each of them must leave it standing."""
    with house(tmp_path_factory.mktemp(serves), f"{aimock.url}/v1", serves) as found:
        yield found


@pytest.fixture(scope="module")
def in_pieces(aimock: Aimock, serves: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One that has all answers streamed."""
    with house(tmp_path_factory.mktemp(serves), f"{aimock.url}/v1", serves, openai=IN_PIECES) as found:
        yield found


@pytest.mark.parametrize("door", DOORS)
def test_it_answers(gateway: House, aimock: Aimock, serves: str, door: str):
    assert DOORS[door](gateway, "What is the capital of France?") == Seen("Paris.", True)
    assert aimock.journal()[-1]["path"] == PATHS[serves]


@pytest.mark.parametrize("door", DOORS)
def test_its_calls_of_tools_are_made_before_it_answers(gateway: House, aimock: Aimock, door: str):
    before = len(aimock.journal())
    assert DOORS[door](gateway, "Which tables are there?") == Seen("Let me see.\n\nOne: books.", True)
    made = aimock.journal()[before:]
    assert len(made) == 2
    # Both calls of the one turn are answered.
    assert json.dumps(made[-1]["body"]).count("- books (table)") == 2


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("fault", ["cut", "leave"])
def test_an_answer_that_breaks_off_is_an_error(in_pieces: House, door: str, fault: str):
    seen = DOORS[door](in_pieces, fault)
    assert not seen.is_whole
    assert seen.error
    assert len(seen.text) < len(LONG["content"])


@pytest.mark.parametrize("door", STREAMED)
def test_what_came_before_a_break_is_shown_and_not_called_whole(gateway: House, door: str):
    seen = DOORS[door](gateway, "leave")
    assert seen.text.startswith("It slept")
    assert (seen.is_whole, seen.status) == (False, 200)


@pytest.mark.parametrize("door", ["chat completion", "chunks", "response", "events"])
@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        ("limited", "RateLimitError", 429),
        ("broken", "InternalServerError", 502),
        ("overloaded", "InternalServerError", 503),
    ],
)
def test_its_errors_are_typed_for_the_sdk(gateway: House, door: str, fault: str, error: str, status: int):
    seen = DOORS[door](gateway, fault)
    assert (seen.error, seen.status, seen.text, seen.is_whole) == (error, status, "", False)


@pytest.mark.parametrize(
    ("fault", "error", "status"), [("limited", "rate_limit_error", 429), ("broken", "server_error", 502)]
)
def test_its_errors_are_typed_for_programs_that_chat(gateway: House, fault: str, error: str, status: int):
    whole, streamed = (DOORS[door](gateway, fault) for door in ("/chat", "/chat streamed"))
    assert (whole.status, whole.is_whole) == (status, False)
    assert f"'type': '{error}'" in whole.error
    assert (streamed.error, streamed.is_whole) == (error, False)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("fault", ["dropRate", "malformedRate", "disconnectRate"])
def test_what_may_have_been_answered_is_asked_once(
    gateway: House, aimock: Aimock, chaos: Callable[..., None], door: str, fault: str
):
    chaos(**{fault: 1})
    before = len(aimock.journal())
    seen = DOORS[door](gateway, "What is the capital of France?")
    assert (seen.text, seen.is_whole) == ("", False)
    assert seen.error
    assert len(aimock.journal()) == before + 1


@pytest.mark.parametrize("door", [*WHOLE, "chunks"])
def test_in_chaos_an_answer_is_whole_or_an_error(gateway: House, chaos: Callable[..., None], door: str):
    chaos(dropRate=0.15, malformedRate=0.15, disconnectRate=0.15, rateLimitRate=0.15)
    for _ in range(12):
        seen = DOORS[door](gateway, "Which tables are there?")
        assert seen.is_whole != bool(seen.error), seen
        assert not seen.is_whole or seen.text == "Let me see.\n\nOne: books."


def test_it_is_asked_again_where_it_took_no_request(aimock: Aimock, tmp_path: Path):
    retry = "[plugins.retry]\nattempts = 10\nfirst_wait = 0.01\nlongest_wait = 5.0\nbreaker_failures = 100\n"
    aimock.set(rateLimitRate=0.5)
    try:
        with house(tmp_path, f"{aimock.url}/v1", "compatible", retry) as gateway:
            for door in ("chat completion", "chunks"):
                assert DOORS[door](gateway, "What is the capital of France?") == Seen("Paris.", True)
    finally:
        aimock.set(rateLimitRate=0)
