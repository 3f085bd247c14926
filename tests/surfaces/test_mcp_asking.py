"""Asking the person at the client: elicitation requests on older connections, sealed rounds on stateless ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hostile_plugins import Hostile
from mcp import Client, MCPError
from mcp_types import ElicitResult, ErrorData, InputRequiredResult
from serving import LEGACY, MODERN

from toolpost import Host
from toolpost.server.mcp import mcp_server

INVALID_PARAMS = -32602
ASKING = ["asks", "asks_sync", "asks_in_group"]


class Person:
    """Answers in order, and remembers what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, context: Any, params: Any) -> Any:
        self.asked.append(params.message)
        return self.answers.pop(0)


def yes(**content: Any) -> ElicitResult:
    return ElicitResult(action="accept", content=content or {"confirm": True})


@pytest.fixture(params=[LEGACY, MODERN])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def connected(era: str, person: Person | None) -> AsyncIterator[Client]:
    async with Host([Hostile()]) as host, Client(mcp_server(host), mode=era, elicitation_callback=person) as client:
        yield client


def said(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.parametrize("tool", ASKING)
async def test_an_answer_reaches_the_tool(era: str, tool: str):
    person = Person(yes())
    async with connected(era, person) as client:
        result = await client.call_tool(tool, {})
    assert not result.is_error
    assert said(result) in ("yes", "[True]")
    assert person.asked == ["Really?"]


@pytest.mark.parametrize("tool", ASKING)
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_person_may_decline(era: str, tool: str, action: Any):
    async with connected(era, Person(ElicitResult(action=action))) as client:
        result = await client.call_tool(tool, {})
    assert result.is_error
    assert "declined" in said(result)


@pytest.mark.parametrize("tool", ASKING)
async def test_a_client_that_cannot_ask_is_told_so_in_words(era: str, tool: str):
    async with connected(era, None) as client:
        result = await client.call_tool(tool, {})
    assert result.is_error
    assert "cannot ask" in said(result)


async def test_several_questions_are_asked_once_each(era: str):
    person = Person(yes(), yes(confirm=False))
    async with connected(era, person) as client:
        result = await client.call_tool("asks_twice", {"topic": "of all"})
    assert said(result) == "True False"
    assert person.asked == ["First of all?", "Second of all?"]


async def test_an_answer_that_does_not_fit_the_form_is_the_callers_mistake(era: str):
    async with connected(era, Person(yes(confirm="perhaps"))) as client:
        result = await client.call_tool("asks", {})
    assert result.is_error
    assert "does not fit" in said(result)


async def test_a_client_that_fails_to_ask_is_told_so_in_words():
    async with connected(LEGACY, Person(ErrorData(code=-32603, message="no screen"))) as client:
        result = await client.call_tool("asks", {})
    assert result.is_error
    assert "brought none" in said(result)


async def first_round(client: Client, tool: str = "asks_twice", **arguments: Any) -> InputRequiredResult:
    result = await client.session.call_tool(tool, arguments, allow_input_required=True)
    assert isinstance(result, InputRequiredResult)
    return result


async def next_round(client: Client, state: str | None, key: str, tool: str = "asks_twice", **arguments: Any) -> Any:
    return await client.session.call_tool(
        tool, arguments, input_responses={key: yes()}, request_state=state, allow_input_required=True
    )


async def test_the_state_tells_the_client_nothing():
    async with connected(MODERN, Person()) as client:
        first = await first_round(client)
        second = await next_round(client, first.request_state, *first.input_requests)
    assert second.request_state
    assert "answers" not in second.request_state
    assert list(second.input_requests) != list(first.input_requests)


async def test_a_state_that_was_changed_is_refused():
    async with connected(MODERN, Person()) as client:
        first = await first_round(client)
        assert first.request_state
        for state in (
            "",
            "x",
            first.request_state[:-2] + "AA",
            first.request_state + "A",
            "v1.AAAA",
            '{"answers": {}}',
        ):
            with pytest.raises(MCPError) as refused:
                await next_round(client, state, *first.input_requests)
            assert refused.value.error.code == INVALID_PARAMS


async def test_a_state_is_good_for_its_own_call_alone():
    async with connected(MODERN, Person()) as client:
        first = await first_round(client, topic="one")
        key = next(iter(first.input_requests))
        for tool, arguments in (("asks_twice", {"topic": "two"}), ("asks_twice", {}), ("asks", {})):
            with pytest.raises(MCPError) as refused:
                await next_round(client, first.request_state, key, tool, **arguments)
            assert refused.value.error.code == INVALID_PARAMS
        second = await next_round(client, first.request_state, key, topic="one")
        assert isinstance(second, InputRequiredResult)


async def test_a_state_of_another_process_is_refused():
    async with connected(MODERN, Person()) as one, connected(MODERN, Person()) as other:
        first = await first_round(one)
        with pytest.raises(MCPError) as refused:
            await next_round(other, first.request_state, *first.input_requests)
        assert refused.value.error.code == INVALID_PARAMS


async def test_an_answer_to_another_question_is_none():
    async with connected(MODERN, Person()) as client:
        first = await first_round(client, topic="one")
        again = await next_round(client, first.request_state, "question-1-000000000000", topic="one")
    assert list(again.input_requests) == list(first.input_requests)
