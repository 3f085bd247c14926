"""llmock, another emulator, as the provider: what it breaks is told, and it finds no fault with how it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doors import DOORS, IN_PIECES, STREAMED, House, Seen, house

pytestmark = pytest.mark.slow

LONG = "It slept all day and all night. " * 40


@pytest.fixture(scope="module", params=["openai", "compatible"])
def serves(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def gateway(serves: str, llmock_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests in a dialect: each of them must leave it standing."""
    with house(tmp_path_factory.mktemp("house"), llmock_server.base_url("openai"), serves) as found:
        yield found


@pytest.fixture(scope="module")
def in_pieces(serves: str, llmock_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One that has all answers streamed."""
    url = llmock_server.base_url("openai")
    with house(tmp_path_factory.mktemp("house"), url, serves, openai=IN_PIECES) as found:
        yield found


@pytest.mark.parametrize("door", DOORS)
def test_it_answers(gateway: House, llmock: Any, door: str):
    llmock.reply("Bonjour, tout le monde.").tool_mode("off")
    assert DOORS[door](gateway, "Hello") == Seen("Bonjour, tout le monde.", True)
    llmock.assert_resilient()


@pytest.mark.parametrize("door", DOORS)
def test_its_calls_of_tools_are_made_before_it_answers(gateway: House, llmock: Any, door: str):
    llmock.call_tool("list_tables", {}, text="Let me see.").reply("One: books.")
    assert DOORS[door](gateway, "Which tables?") == Seen("Let me see.\n\nOne: books.", True)
    assert "- books (table)" in str(llmock.last_request.body)
    assert len(llmock.requests) == 2
    llmock.assert_resilient()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("broken", ["malformed_arguments", "unknown_tool"])
def test_a_call_that_is_none_is_told_to_the_model(gateway: House, llmock: Any, door: str, broken: str):
    llmock.call_tool("list_tables", {}).break_tool_call(broken).reply("Never mind.")
    seen = DOORS[door](gateway, "Which tables?")
    assert (seen.text, seen.is_whole) == ("Never mind.", True)
    assert "- books (table)" not in str(llmock.last_request.body)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("fault", ["disconnect", "truncate", "corrupt"])
def test_an_answer_that_breaks_off_is_an_error(in_pieces: House, llmock: Any, door: str, fault: str):
    llmock.reply(LONG).tool_mode("off").pace(5)
    getattr(llmock, fault)(after_chunks=20)
    seen = DOORS[door](in_pieces, "A story, please.")
    assert not seen.is_whole
    assert seen.error
    assert len(seen.text) < len(LONG)
    assert len(llmock.requests) == 1


@pytest.mark.parametrize("door", STREAMED)
@pytest.mark.parametrize("fault", ["disconnect", "truncate", "corrupt"])
def test_a_second_turn_that_breaks_off_is_an_error_too(gateway: House, llmock: Any, door: str, fault: str):
    llmock.call_tool("list_tables", {}, text="Let me see.").reply(LONG).pace(5)
    # The first answer is shorter than this.
    getattr(llmock, fault)(after_chunks=20, times=2)
    seen = DOORS[door](gateway, "Which tables?")
    assert seen.text.startswith("Let me see.")
    assert not seen.is_whole
    assert seen.error


@pytest.mark.parametrize("door", DOORS)
def test_a_limit_is_told_with_its_time(gateway: House, llmock: Any, door: str):
    llmock.rate_limit(retry_after=3)
    seen = DOORS[door](gateway, "Hello")
    assert not seen.is_whole
    assert seen.error
    assert seen.retry_after == "3" or door == "/chat streamed"


@pytest.mark.parametrize("door", ["chat completion", "chunks", "response", "events"])
def test_a_question_that_is_too_long_is_for_the_caller_to_mend(gateway: House, llmock: Any, door: str):
    llmock.context_overflow()
    seen = DOORS[door](gateway, "Hello")
    assert (seen.error, seen.status) == ("BadRequestError", 400)


def test_it_finds_no_fault_with_retries(llmock: Any, tmp_path: Path):
    retry = "[plugins.retry]\nfirst_wait = 0.01\nbudget_burst = 100.0\n"
    with house(tmp_path, llmock.base_url(), "openai", retry) as gateway:
        for door in DOORS:
            llmock.reset()
            llmock.tool_mode("off").rate_limit(retry_after=0.05).fail(503, retry_after=0.05).reply("Here.")
            assert DOORS[door](gateway, "Hello") == Seen("Here.", True)
            assert len(llmock.requests) == 3
            llmock.assert_resilient()
