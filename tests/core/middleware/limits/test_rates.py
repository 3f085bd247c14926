"""Calls pass as often as the rules say, for each whom the rule names."""

from __future__ import annotations

import random
from typing import Any

import pytest
from mcp import Client
from mcp_types import ElicitResult, InputRequiredResult

from toolpost import Context, Host, Tool, Unavailable, hookimpl
from toolpost.middleware.limits import Limits, Override, Rule
from toolpost.server.mcp import mcp_server
from toolpost.tools.context import InputRequired

from .conftest import Bench, admissions, admitted


@pytest.mark.parametrize(("rate", "per_second"), [("10/minute", 1 / 6), ("5/second", 5.0), ("100/hour", 100 / 3600)])
async def test_within_a_minute_as_many_pass_as_burst_and_rate_allow(bench: Bench, rate: str, per_second: float):
    rushed = random.Random(rate)
    async with bench.host(Rule(per=["principal"], rate=rate, burst=3)) as host:
        start, passed = bench.clock.now, 0
        while bench.clock.now < start + 60:
            passed += await admitted(host)
            bench.clock.now += rushed.uniform(0, min(0.2 / per_second, 0.5))
    assert abs(passed - (3 + 60 * per_second)) <= 1


async def test_without_a_burst_as_many_pass_at_once_as_the_rate_counts(bench: Bench):
    async with bench.host(Rule(rate="10/minute")) as host:
        assert await admissions(host, 20) == 10


@pytest.mark.parametrize(
    ("per", "other", "passes"),
    [
        (["principal"], {"principal": "bob"}, True),
        (["principal"], {"tool": "rest"}, False),
        (["tool"], {"principal": "bob"}, False),
        (["tool"], {"tool": "rest"}, True),
        (["plugin"], {"tool": "rest", "principal": "bob"}, False),
        (["principal", "tool"], {"tool": "rest"}, True),
        ([], {"tool": "rest", "principal": "bob"}, False),
    ],
)
async def test_calls_share_a_bucket_as_the_rule_says(bench: Bench, per: Any, other: Any, passes: bool):
    async with bench.host(Rule(per=per, rate="1/minute", burst=1)) as host:
        assert await admitted(host)
        assert not await admitted(host)
        assert await admitted(host, **other) is passes


async def test_a_provider_has_one_bucket_for_all_its_tools(bench: Bench):
    async with bench.host(Rule(per=["provider"], rate="2/minute")) as host:
        assert [await admitted(host, tool=tool) for tool in ("work", "ask", "work")] == [True, True, False]
        assert not bench.limits.applies_to(host.tools["rest"])


async def test_every_rule_that_is_about_a_call_must_let_it_in(bench: Bench):
    rules = Rule(rate="3/minute"), Rule(per=["principal"], rate="2/minute")
    async with bench.host(*rules) as host:
        assert await admissions(host, 5, "ann") == 2
        assert await admissions(host, 5, "bob") == 1


async def test_a_call_that_one_rule_refuses_costs_nothing_under_the_others(bench: Bench):
    rules = Rule(name="wide", rate="1/minute"), Rule(name="narrow", per=["principal"], rate="2/minute", concurrency=2)
    async with bench.host(*rules) as host:
        assert await admitted(host)
        assert await admissions(host, 10) == 0
        bench.clock.now += 60
        assert await admitted(host)
    assert bench.idle()


async def test_who_comes_back_when_told_is_let_in_and_not_before(bench: Bench):
    async with bench.host(Rule(name="slow", per=["principal"], rate="10/minute", burst=2)) as host:
        assert await admissions(host, 2) == 2
        with pytest.raises(Unavailable) as told:
            await host.call("work", {}, Context(principal="ann"))
        assert str(told.value) == (
            "work is limited to 10/minute with bursts of 2 for each principal; try again in 6 seconds"
        )
        assert told.value.retry_after == 6.0
        bench.clock.now += 5.9
        assert not await admitted(host)
        bench.clock.now += 0.1
        assert await admitted(host)


async def test_a_caller_may_have_figures_of_his_own(bench: Bench):
    override = {"ann": Override(rate="5/minute"), "eve": Override(burst=1), "root": Override(rate="unlimited")}
    async with bench.host(Rule(per=["principal"], rate="2/minute", override=override)) as host:
        passed = [await admissions(host, 50, name) for name in ("ann", "bob", "eve", "root")]
    assert passed == [5, 2, 1, 50]


async def test_callers_are_told_apart_by_patterns(bench: Bench):
    rules = Rule(principals=["guest-*"], per=["principal"], rate="1/day"), Rule(principals=["bob"], rate="2/day")
    async with bench.host(*rules) as host:
        passed = [await admissions(host, 9, name) for name in ("guest-1", "guest-2", "bob", "ann", "bobby")]
    assert passed == [1, 1, 2, 9, 9]


@pytest.mark.parametrize("jump", [3_600.0, -3_600.0, -1e9, 1e9])
async def test_a_clock_that_jumps_neither_locks_out_nor_opens_up(bench: Bench, jump: float):
    async with bench.host(Rule(rate="10/minute", burst=3)) as host:
        assert await admissions(host, 9) == 3
        bench.clock.now += jump
        assert await admissions(host, 9) <= 3
        bench.clock.now += 6.1
        assert await admitted(host)


async def test_buckets_that_are_full_again_are_forgotten(bench: Bench):
    async with bench.host(Rule(per=["principal"], rate="1/second")) as host:
        for number in range(3_000):
            await admitted(host, f"caller-{number}")
            bench.clock.now += 0.01
    assert len(bench.limit.buckets) <= 101


async def test_a_hundred_thousand_callers_take_no_more_than_the_bound(bench: Bench):
    async with bench.host(Rule(per=["principal"], rate="1/day"), max_keys=500) as host:
        call = host.onion(host.tools["rest"])
        for number in range(100_000):
            await bench.limits(_rest(host, number), _nothing)
            assert len(bench.limit.buckets) <= 500
        assert await call(_rest(host, 100_001))


def _rest(host: Any, number: int) -> Any:
    from .conftest import call_of

    return call_of(host, "rest", f"caller-{number}")


async def _nothing(call: Any) -> Any:
    return None


async def test_a_question_to_the_person_and_its_answer_are_one_call(bench: Bench):
    class Asks:
        @hookimpl
        def middleware(self) -> Any:
            return self.ask

        async def ask(self, call: Any, call_next: Any) -> Any:
            if not call.arguments.get("text"):
                raise InputRequired({}, "state")
            return await call_next(call)

    bench.host(Rule(rate="1/day", concurrency=1))
    async with Host({"limits": bench.limits, "asks": Asks(), "desk": bench.desk}) as host:
        with pytest.raises(InputRequired):
            await host.call("work", {}, Context(principal="ann"))
        await host.call("work", {"text": "answered"}, Context(principal="ann", carried="state"))
        with pytest.raises(Unavailable):
            await host.call("work", {"text": "sent again"}, Context(principal="ann", carried="state"))
        assert not await admitted(host, text="again")
    assert bench.idle()


AGREED = ElicitResult(action="accept", content={"confirm": True})


class Questions:
    """A tool that asks twice, and counts how often it begins."""

    def __init__(self) -> None:
        self.began = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.twice)]

    async def twice(self, context: Context) -> str:
        """Ask twice."""
        self.began += 1
        # As a tool may that asks about the time of day: no round is like the one before.
        return f"{await context.confirm('First?')} {await context.confirm(f'Second, {self.began}?')}"


async def yes(_: Any, params: Any) -> ElicitResult:
    return AGREED


@pytest.fixture
def questions() -> Questions:
    return Questions()


def asking(questions: Questions, rule: Rule) -> Host:
    return Host({"limits": Limits(rules=[rule], max_wait=0.0), "questions": questions})


async def test_rounds_that_nobody_answers_are_counted(questions: Questions):
    async with (
        asking(questions, Rule(rate="2/hour")) as host,
        Client(mcp_server(host), mode="2026-07-28", elicitation_callback=yes) as client,
    ):
        for _ in range(20):
            await client.session.call_tool("twice", {}, allow_input_required=True)
    assert questions.began == 2


async def test_an_answer_that_is_sent_again_is_a_call_again(questions: Questions):
    async with (
        asking(questions, Rule(rate="1/hour")) as host,
        Client(mcp_server(host), mode="2026-07-28", elicitation_callback=yes) as client,
    ):
        first = await client.session.call_tool("twice", {}, allow_input_required=True)
        for _ in range(20):
            await client.session.call_tool(
                "twice", {}, request_state=first.request_state, input_responses={}, allow_input_required=True
            )
    assert questions.began == 2


async def test_a_round_after_another_goes_on_only_so_often(questions: Questions):
    async with (
        asking(questions, Rule(rate="1/hour")) as host,
        Client(mcp_server(host), mode="2026-07-28", elicitation_callback=yes) as client,
    ):
        answer = await client.session.call_tool("twice", {}, allow_input_required=True)
        while isinstance(answer, InputRequiredResult):
            answer = await client.session.call_tool(
                "twice",
                {},
                request_state=answer.request_state,
                input_responses={key: AGREED for key in answer.input_requests or {}},
                allow_input_required=True,
            )
    assert answer.is_error
    assert questions.began == 17


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_a_client_reads_when_to_come_back(bench: Bench, era: str):
    async with (
        bench.host(Rule(name="slow", rate="1/minute")) as host,
        Client(mcp_server(host), mode=era) as client,
    ):
        await client.call_tool("rest", {})
        refused = await client.call_tool("rest", {})
    assert refused.is_error
    assert refused.content[0].text.endswith("try again in 60 seconds")
    limit = "1/minute with bursts of 1"
    assert refused.meta["toolpost/limits"] == {"retry_after": 60.0, "rule": "slow", "limit": limit, "waiting": 0}


async def test_decisions_are_noted_without_saying_whose(bench: Bench):
    async with bench.host(Rule(name="slow", per=["principal"], rate="1/minute")) as host:
        await admitted(host, "ann@example.com")
        context = Context(principal="ann@example.com")
        with pytest.raises(Unavailable) as told:
            await host.call("work", {}, context)
    assert [(note.layer, note.decision) for note in context.notes] == [("limits", "limited")]
    assert "ann" not in repr((context.notes, told.value.meta, str(told.value)))
