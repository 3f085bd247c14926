"""What is paid for is written down first, and equal calls are one."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from toolpost import (
    Client,
    Context,
    Host,
    InvalidArguments,
    Refused,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    Unavailable,
    hookimpl,
)

META = "toolpost/ledger"


def impatient(seconds: float = 0.05) -> Context:
    """The context of a client that soon gives up."""
    return Context(client=Client(call_seconds=seconds))


async def together(host: Host, number: int, painter: Any, until: Any) -> list[ToolResult]:
    """So many equal calls at once; the gate opens when all are attached."""
    answers: list[ToolResult] = []
    painter.gate = anyio.Event()

    async def call() -> None:
        answers.append(await host.call("paint", {"prompt": "x"}))

    def attached() -> int:
        ledger = next(layer for name, layer in host.layers if name == "ledger")
        return sum(len(flight.callers) for flight in ledger._flights.values())  # type: ignore[attr-defined]  # a ledger

    async with anyio.create_task_group() as tasks:
        for _ in range(number):
            tasks.start_soon(call)
        await until(lambda: attached() == number and painter.begun.is_set())
        painter.gate.set()
    return answers


async def test_a_call_is_written_down_before_it_is_made(home: Any):
    seen: list[Any] = []

    async def plan(context: Context) -> ToolResult:
        seen.extend(await home.records())
        return ToolResult.of("done")

    home.painter.plan = plan
    async with home.host() as host:
        await host.call("paint")
    assert [(record.state, record.tool, record.principal) for record in seen] == [("running", "paint", "local")]


async def test_what_came_of_it_is_written_down_before_it_is_given(home: Any):
    async with home.host() as host:
        result = await host.call("paint")
        (record,) = await home.records()
    assert record.state == "finished"
    assert record.usage == {"model": "brush", "images": 1}
    assert result.meta[META] == {"job": record.job, "state": "finished", "replayed": False}


async def test_a_job_has_a_name_that_nobody_guesses(home: Any):
    async with home.host() as host:
        jobs = {(await host.call("paint", {"prompt": str(n)})).meta[META]["job"] for n in range(5)}
    assert len(jobs) == 5
    assert all(len(job.partition("-")[2]) * 4 >= 128 for job in jobs)


async def test_free_tools_are_left_alone(home: Any):
    async with home.host() as host:
        result = await host.call("look")
    assert META not in result.meta
    assert await home.records() == []


async def test_the_same_call_again_gets_the_kept_answer_with_its_pictures(home: Any):
    context = Context()
    async with home.host() as host:
        first = await host.call("paint", {"prompt": "x"})
        second = await host.call("paint", {"prompt": "x"}, context)
    assert home.painter.calls == 1
    assert [note.layer for note in context.notes] == ["ledger"]
    assert second.content == first.content
    assert second.structured == first.structured == {"number": 1}
    assert second.meta["toolpost/pictures"] == [{"prompt": "x"}]
    assert second.meta[META] == {**first.meta[META], "replayed": True}


async def test_the_answer_is_kept_for_another_process(home: Any):
    async with home.host() as host:
        first = await host.call("paint")
    async with home.host() as host:
        assert (await host.call("paint")).content == first.content
    assert home.painter.calls == 1


async def test_bytes_of_pictures_are_not_in_the_record(home: Any):
    async with home.host() as host:
        await host.call("paint")
    (record,) = await home.records()
    assert len(record.dump()) < 2_000
    handle = record.result["content"][1]["data"]
    assert await home.artefacts.get(handle) == bytes(range(256)) * 40


async def test_a_long_answer_is_kept_whole(home: Any):
    async def plan(context: Context) -> ToolResult:
        return ToolResult.of("ä" * 100_000)

    home.painter.plan = plan
    async with home.host() as host:
        await host.call("paint")
        assert (await host.call("paint")).text == "ä" * 100_000
    assert len((await home.records())[0].dump()) < 2_000


async def test_a_picture_that_was_cleaned_away_is_named(home: Any):
    async with home.host() as host:
        await host.call("paint")
        (record,) = await home.records()
        await home.artefacts.part("ledger").delete(record.result["content"][1]["data"])
        again = await host.call("paint")
    assert again.text == "painting 1\n[a part of this result is no longer kept]"


async def test_the_window_ends(home: Any):
    async with home.host(window=300) as host:
        await host.call("paint")
        home.clock.now += 299.9
        await host.call("paint")
        assert home.painter.calls == 1
        home.clock.now += 0.2
        await host.call("paint")
        assert home.painter.calls == 2
    assert [record.state for record in await home.records()] == ["finished", "finished"]


async def test_a_tool_may_have_a_window_of_its_own(home: Any):
    async with home.host(tools_window={"paint": 0}) as host:
        await host.call("paint")
        await host.call("paint")
    assert home.painter.calls == 2


async def test_other_arguments_and_other_callers_are_other_calls(home: Any):
    async with home.host() as host:
        await host.call("paint", {"prompt": "x"})
        await host.call("paint", {"prompt": "y"})
        await host.call("paint", {"prompt": "x"}, Context(principal="ann"))
    assert home.painter.calls == 3


async def test_of_a_hundred_equal_calls_one_is_made(home: Any, until: Any):
    async with home.host() as host:
        answers = await together(host, 100, home.painter, until)
    assert home.painter.calls == 1
    assert {answer.text for answer in answers} == {"painting 1"}
    assert sum("attached" in answer.meta[META] for answer in answers) == 99


async def test_what_one_caller_does_to_an_answer_does_not_reach_the_others(home: Any, until: Any):
    async with home.host() as host:
        answers = await together(host, 3, home.painter, until)
    answers[0].structured["number"] = "mine"
    assert [answer.structured["number"] for answer in answers[1:]].count(1) >= 1
    assert len({id(answer.structured) for answer in answers}) == 3


async def test_everyone_attached_hears_of_progress(home: Any, until: Any):
    heard: list[tuple[str, float]] = []
    home.painter.gate = anyio.Event()

    def listener(name: str) -> Context:
        async def report(done: float, total: float | None, message: str | None) -> None:
            heard.append((name, done))

        return Context(report=report)

    async def plan(context: Context) -> ToolResult:
        await context.progress(2, 2)
        return ToolResult.of("done")

    home.painter.plan = plan
    ledger = home.ledger()
    async with home.host(ledger) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "paint", {}, listener("first"))
        await home.painter.begun.wait()
        tasks.start_soon(host.call, "paint", {}, listener("second"))
        await until(lambda: sum(len(flight.callers) for flight in ledger._flights.values()) == 2)
        home.painter.gate.set()
    assert heard == [("first", 1), ("first", 2), ("second", 2)]


async def test_a_caller_whose_connection_breaks_does_not_break_the_work(home: Any):
    async def report(done: float, total: float | None, message: str | None) -> None:
        raise anyio.BrokenResourceError

    home.painter.gate = anyio.Event()
    home.painter.gate.set()
    async with home.host() as host:
        assert (await host.call("paint", {}, Context(report=report))).text == "painting 1"


@pytest.mark.parametrize("error", [Unavailable, Refused, InvalidArguments])
async def test_what_was_not_carried_out_may_be_made_again_at_once(home: Any, error: type[ToolError]):
    async def plan(context: Context) -> ToolResult:
        raise error("no")

    home.painter.plan = plan
    async with home.host() as host:
        for _ in range(2):
            with pytest.raises(error, match="^no$"):
                await host.call("paint")
        home.painter.plan = None
        assert (await host.call("paint")).text == "painting 3"


async def fails(context: Context) -> ToolResult:
    raise ToolError("the provider was silent; it may have been carried out")


async def crashes(context: Context) -> ToolResult:
    raise RuntimeError("secret")


async def exits(context: Context) -> ToolResult:
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("plan", "said"), [(fails, "silent"), (crashes, "failed unexpectedly"), (exits, "failed unexpectedly")]
)
async def test_what_may_have_been_carried_out_is_not_sent_again(home: Any, plan: Any, said: str):
    home.painter.plan = plan
    async with home.host() as host:
        with pytest.raises(ToolError, match=said) as first:
            await host.call("paint")
        home.painter.plan = None
        with pytest.raises(ToolError, match=f"(?s)not sent again.*{said}|{said}.*not sent again") as second:
            await host.call("paint")
    job = first.value.meta[META]["job"]
    assert home.painter.calls == 1
    assert job in str(second.value)
    assert "forget_job" in str(second.value)
    assert f"toolpost jobs forget {job}" in str(second.value)
    assert "secret" not in str(second.value)


async def test_a_timeout_is_ambiguous(home: Any):
    from toolpost.middleware.timeout import Timeout

    home.painter.gate = anyio.Event()
    async with Host([home.ledger(), Timeout(seconds=0.01), home.painter]) as host:
        with pytest.raises(ToolError, match="did not finish"):
            await host.call("paint")
        with pytest.raises(ToolError, match="not sent again"):
            await host.call("paint")
    assert home.painter.calls == 1


async def test_it_can_be_forced_or_waited_out(home: Any):
    home.painter.plan = fails
    async with home.host(ambiguous_window=3_600) as host:
        with pytest.raises(ToolError) as failed:
            await host.call("paint")
        home.painter.plan = None
        await host.call("forget_job", {"job": failed.value.meta[META]["job"]})
        assert (await host.call("paint")).text == "painting 2"

        home.painter.plan = fails
        with pytest.raises(ToolError):
            await host.call("paint", {"prompt": "other"})
        home.painter.plan = None
        home.clock.now += 3_601
        assert (await host.call("paint", {"prompt": "other"})).text == "painting 4"


async def test_an_error_that_a_tool_answers_is_kept_and_says_so(home: Any):
    async def plan(context: Context) -> ToolResult:
        return ToolResult(ToolResult.of("out of paint").content, is_error=True)

    home.painter.plan = plan
    async with home.host() as host:
        await host.call("paint")
        again = await host.call("paint")
    assert home.painter.calls == 1
    assert again.is_error
    assert "out of paint" in again.text
    assert "kept answer" in again.text


async def test_retries_within_are_one_job(home: Any):
    from toolpost.middleware.retry import Retry

    async def plan(context: Context) -> ToolResult:
        if home.painter.calls < 3:
            raise Unavailable("not now")
        return ToolResult.of("done")

    home.painter.plan = plan
    async with Host([home.ledger(), Retry(first_wait=0.001), home.painter]) as host:
        assert (await host.call("paint")).text == "done"
    assert len(await home.records()) == 1


async def test_a_client_whose_time_is_up_gets_a_job_to_claim(home: Any, until: Any):
    home.painter.gate = anyio.Event()
    ledger = home.ledger()
    async with home.host(ledger) as host:
        result = await host.call("paint", {}, impatient(0.5))
        assert "still working" in result.text
        assert not result.is_error
        assert result.meta["toolpost/unfinished"]
        job = result.meta[META]["job"]
        home.painter.gate.set()
        await until(lambda: not ledger._flights)
        assert (await host.call("claim_job", {"job": job})).text == "painting 1"
        assert (await host.call("paint", {}, impatient(0.5))).text == "painting 1"
    assert home.painter.calls == 1


async def test_a_tool_that_promises_data_says_it_still_works_as_an_error(home: Any):
    gate = anyio.Event()

    class Counter:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.count, billable=True)]

        async def count(self) -> int:
            await gate.wait()
            return 1

    async with Host([home.ledger(), Counter()]) as host:
        assert (await host.call("count", {}, impatient(0.5))).is_error
        gate.set()


async def test_the_work_does_not_know_the_time_of_a_client_that_leaves(home: Any):
    async with home.host() as host:
        await host.call("paint", {}, impatient(60))
    (context,) = home.painter.contexts
    assert context.client.call_seconds is None
    assert context.remaining == float("inf")


async def test_a_deadline_around_the_call_counts_as_the_clients_time(home: Any):
    home.painter.gate = anyio.Event()
    async with home.host() as host:
        with anyio.fail_after(1):
            assert "still working" in (await host.call("paint")).text
        home.painter.gate.set()


async def test_a_caller_that_comes_back_gets_the_result(home: Any, until: Any):
    home.painter.gate = anyio.Event()
    async with home.host(on_cancel="finish") as host:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "paint")
            await home.painter.begun.wait()
            tasks.cancel_scope.cancel()
        home.painter.gate.set()
        assert (await host.call("paint")).text == "painting 1"
    assert (home.painter.calls, home.painter.cancelled) == (1, 0)


async def test_callers_may_stop_the_work_where_the_operator_lets_them(home: Any, until: Any):
    home.painter.gate = anyio.Event()
    async with home.host(on_cancel="stop") as host:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "paint")
            await home.painter.begun.wait()
            tasks.cancel_scope.cancel()
        await until(lambda: home.painter.cancelled)
        with pytest.raises(ToolError, match="its caller stopped it"):
            await host.call("paint")


async def test_work_that_others_wait_for_is_not_stopped(home: Any, until: Any):
    home.painter.gate = anyio.Event()
    answers: list[str] = []
    ledger = home.ledger(on_cancel="stop")

    async def second() -> None:
        answers.append((await host.call("paint")).text)

    async with home.host(ledger) as host, anyio.create_task_group() as tasks:
        async with anyio.create_task_group() as first:
            first.start_soon(host.call, "paint")
            await home.painter.begun.wait()
            tasks.start_soon(second)
            await until(lambda: sum(len(flight.callers) for flight in ledger._flights.values()) == 2)
            first.cancel_scope.cancel()
        home.painter.gate.set()
    assert answers == ["painting 1"]


async def test_a_call_cancelled_before_the_tool_began_leaves_nothing(home: Any):
    async with home.host() as host:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "paint")
            tasks.cancel_scope.cancel()
        await host.call("look")
    assert home.painter.calls == 0
    assert await home.records() == []


async def test_at_the_end_of_the_host_work_is_cancelled_and_its_record_says_so(home: Any):
    home.painter.gate = anyio.Event()
    async with home.host(grace=0.01, on_cancel="finish") as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "paint")
        await home.painter.begun.wait()
        tasks.cancel_scope.cancel()
    assert home.painter.cancelled == 1
    (record,) = await home.records()
    assert (record.state, record.said) == ("ambiguous", "toolpost ended while it ran")


async def test_nothing_is_begun_by_a_host_that_does_not_run(home: Any):
    with pytest.raises(Unavailable, match="does not run"):
        await home.host().call("paint")
    assert home.painter.calls == 0


async def test_a_question_passes_through_and_leaves_no_trace(home: Any):
    from toolpost.tools.context import InputRequired

    async def plan(context: Context) -> ToolResult:
        return ToolResult.of("yes" if await context.ask("Really?", bool) else "no")

    async def ask(message: str, schema: Any) -> Any:
        raise InputRequired({}, "state")

    async def told(message: str, schema: Any) -> Any:
        return {"confirm": True}

    home.painter.plan = plan
    async with home.host() as host:
        with pytest.raises(InputRequired):
            await host.call("paint", {}, Context(question=ask))
        assert await home.records() == []
        assert (await host.call("paint", {}, Context(question=told))).text == "yes"


async def test_a_question_to_one_who_leaves_is_refused(home: Any, until: Any):
    async def plan(context: Context) -> ToolResult:
        return ToolResult.of(await context.ask("Really?", bool))

    async def never(message: str, schema: Any) -> Any:
        asked.set()
        await anyio.sleep_forever()

    home.painter.plan = plan
    asked, ledger = anyio.Event(), home.ledger(on_cancel="finish")
    async with home.host(ledger) as host:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "paint", {}, Context(question=never))
            await asked.wait()
            tasks.cancel_scope.cancel()
        await until(lambda: not ledger._flights)
    (record,) = await home.records()
    assert record.state == "refused"


async def test_the_layer_says_what_it_would_do(home: Any):
    ledger = home.ledger(window=60)
    (tool, *_) = home.painter.tools()
    assert "within 60 s" in ledger.explain(ToolCall(tool, {}))


async def test_names_in_logs_are_the_same_inside_and_outside(home: Any):
    context = Context()
    async with home.host() as host:
        await host.call("paint", {}, context)
    assert home.painter.contexts[0].call_id == context.call_id
