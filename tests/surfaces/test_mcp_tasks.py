"""Calls that outlive their requests: the tasks extension, on the ledger's jobs."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError

from toolpost.middleware.ledger.book import JOB

from .tasking import TASKS, Bench, House, accept, connected, model, places

INVALID_PARAMS, INTERNAL_ERROR, MISSING, UNKNOWN_METHOD = -32602, -32603, -32021, -32601


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def said(task: dict[str, Any]) -> str:
    return str(task["result"]["content"][0]["text"])


async def refused(awaitable: Any) -> Any:
    with pytest.raises(MCPError) as caught:
        await awaitable
    return caught.value.error


@pytest.mark.parametrize("tool", ["paint", "work"])
async def test_what_takes_long_becomes_a_task_that_has_the_result(house: House, tool: str):
    async with house.comer() as comer:
        task = await comer.start(tool)
        assert (await comer.get(task))["status"] == "working"
        house.bench.gate.set()
        done = await comer.until(task)
    assert (done["status"], done["resultType"], done["result"]["resultType"]) == ("completed", "complete", "complete")
    assert said(done).startswith(("painted", "worked"))
    assert house.bench.calls == 1


async def test_what_is_done_in_a_moment_is_answered(house: House):
    house.bench.gate.set()
    async with house.comer() as comer:
        assert (await comer.call("work"))["content"][0]["text"] == "worked "
        assert (await comer.call("plain"))["resultType"] == "complete"


async def test_a_task_says_what_it_is(house: House):
    async with house.comer(task_hours=2.0) as comer:
        created = await comer.call("paint")
    assert created["status"] == "working"
    assert created["ttlMs"] == 7_200_000
    assert isinstance(created["pollIntervalMs"], int)
    assert JOB.fullmatch(created["taskId"])
    assert created["createdAt"].endswith("Z")
    assert not {"result", "error", "inputRequests", "requestState", "ttl", "task"} & created.keys()


@pytest.mark.parametrize("tool", ["paint", "work"])
async def test_a_task_is_a_job_of_the_ledger(house: House, tool: str):
    async with house.comer() as comer:
        task = await comer.start(tool)
        house.bench.gate.set()
        await comer.until(task)
        listed = await comer.call("list_jobs")
        claimed = await comer.call("claim_job", job=task)
    jobs = listed["structuredContent"]["result"]
    assert [(job["job"], job["tool"], job["state"]) for job in jobs] == [(task, tool, "finished")]
    assert claimed["content"][0]["text"].startswith(("painted", "worked"))


async def test_a_running_task_can_be_waited_for_as_a_job(house: House):
    async with house.comer() as comer, anyio.create_task_group() as others:
        task = await comer.start("work")
        claimed: list[Any] = []

        async def claim() -> None:
            claimed.append(await comer.call("claim_job", job=task))

        others.start_soon(claim)
        await anyio.wait_all_tasks_blocked()
        house.bench.gate.set()
    assert claimed[0]["content"][0]["text"] == "worked "


@pytest.mark.parametrize("tool", ["paint", "work"])
async def test_a_task_is_in_the_store_before_its_client_hears_of_it(house: House, tool: str):
    async with house.comer() as comer:
        task = await comer.start(tool)
        async with house.comer() as other:
            assert (await other.get(task))["status"] == "working"


async def test_a_client_that_does_not_say_that_it_comes_back_waits(house: House):
    house.bench.gate.set()
    async with house.comer(knows=False) as client:
        assert (await client.call("paint"))["content"][0]["text"] == "painted "
        assert (await client.call("work"))["resultType"] == "complete"


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_the_methods_are_for_clients_that_say_so(house: House, method: str):
    async with house.comer(knows=False) as client:
        error = await refused(client.ask(method, taskId="x"))
    assert (error.code, error.data) == (MISSING, {"requiredCapabilities": {"extensions": {TASKS: {}}}})


async def test_a_tool_may_insist_on_a_client_that_comes_back(house: House):
    async with house.comer(knows=False) as client:
        assert (await refused(client.call("must"))).code == MISSING
    async with house.comer() as comer:
        assert await comer.start("must")
    assert house.bench.calls == 1


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
@pytest.mark.parametrize("task", ["", "x", "0" * 8 + "-" + "0" * 32, "é" * 100])
async def test_an_unknown_task_is_an_error(house: House, method: str, task: str):
    async with house.comer() as comer:
        error = await refused(comer.ask(method, taskId=task))
    assert error.code == INVALID_PARAMS
    assert "no such task" in error.message


@pytest.mark.parametrize("method", ["tasks/list", "tasks/result"])
async def test_methods_of_the_older_experiment_are_unknown(house: House, method: str):
    async with house.comer() as comer:
        assert (await refused(comer.ask(method, taskId="x"))).code == UNKNOWN_METHOD


async def test_the_extension_is_declared_where_the_ledger_is(house: House):
    async with house.comer() as comer:
        found = await comer.ask("server/discover")
    assert found["capabilities"]["extensions"] == {TASKS: {}}
    async with connected_without(house.bench) as comer:
        found = await comer.ask("server/discover")
        assert "extensions" not in found["capabilities"]
        assert (await refused(comer.ask("tasks/get", taskId="x"))).code == UNKNOWN_METHOD
        house.bench.gate.set()
        assert (await comer.call("must"))["resultType"] == "complete"


def connected_without(bench: Bench) -> Any:
    from contextlib import asynccontextmanager

    from toolpost import Host

    @asynccontextmanager
    async def open_it() -> Any:
        async with Host([bench]) as host, connected(host) as comer:
            yield comer

    return open_it()


@pytest.mark.parametrize("tool", ["paint", "work"])
async def test_a_cancelled_task_stops_its_work(house: House, tool: str):
    async with house.comer() as comer:
        task = await comer.start(tool)
        await house.bench.begun.wait()
        assert set(await comer.cancel(task)) <= {"resultType", "_meta"}
        assert (await comer.until(task))["status"] == "cancelled"
        assert set(await comer.cancel(task)) <= {"resultType", "_meta"}
        jobs = (await comer.call("list_jobs"))["structuredContent"]["result"]
    assert house.bench.cancelled == 1
    assert [(job["job"], job["state"], job["said"]) for job in jobs] == [(task, "ambiguous", "its caller stopped it")]


async def test_the_same_call_again_is_the_same_task(house: House):
    async with house.comer() as comer:
        task = await comer.start("paint", prompt="a cat")
        assert await comer.start("paint", prompt="a cat") == task
        assert await comer.start("paint", prompt="a dog") != task
        house.bench.gate.set()
        assert said(await comer.until(task)) == "painted a cat"
        again = await comer.call("paint", prompt="a cat")
    assert again["_meta"]["toolpost/ledger"]["replayed"] is True
    assert house.bench.calls == 2


async def test_the_same_free_call_again_is_another_task(house: House):
    async with house.comer() as comer:
        assert await comer.start("work") != await comer.start("work")
    assert house.bench.calls == 2


async def test_a_failed_tool_is_a_completed_task(house: House):
    async with house.comer() as comer:
        task = await comer.start("fails")
        house.bench.gate.set()
        done = await comer.until(task)
    assert (done["status"], done["result"]["isError"], said(done)) == ("completed", True, "as it should")


@pytest.mark.parametrize("kind", ["surrogate", "exit", "value"])
async def test_whatever_a_tool_raises_ends_one_task_alone(house: House, kind: str):
    async with house.comer() as comer:
        task, other = await comer.start("breaks", kind=kind), await comer.start("work")
        house.bench.gate.set()
        done = await comer.until(task)
        assert done["result"]["isError"]
        assert "secret" not in said(done)
        assert said(await comer.until(other)) == "worked "


async def test_an_error_of_the_protocol_is_a_failed_task(house: House):
    async with house.comer() as comer:
        task = await comer.start("insists")
        house.bench.gate.set()
        done = await comer.until(task)
    assert (done["status"], done["error"]["code"]) == ("failed", MISSING)
    assert done["statusMessage"] == done["error"]["message"]
    assert "result" not in done


async def test_progress_is_told_as_the_status(house: House):
    async with house.comer() as comer:
        task = await comer.start("paint")
        await house.bench.begun.wait()
        assert (await comer.get(task))["statusMessage"] == "half of it"


async def test_a_question_waits_for_its_answer(house: House):
    async with house.comer() as comer:
        task = await comer.start("named")
        asked = await comer.until(task, "input_required")
        assert asked["inputRequests"]["name"]["params"]["message"] == "Who?"
        assert set(await comer.update(task, name=accept(name="Ann"), other={"ignored": True})) <= {
            "resultType",
            "_meta",
        }
        done = await comer.until(task)
    assert said(done) == "Hello, Ann!"


async def test_no_key_of_a_question_is_used_twice(house: House):
    async with house.comer() as comer:
        task = await comer.start("twice")
        await comer.until(task, "input_required")
        await comer.update(task, name=accept(name="Ann"))
        await comer.update(task, name=accept(name="Eve"))
        assert list((await comer.until(task, "input_required"))["inputRequests"]) == ["name-2"]
        await comer.update(task, **{"name-2": accept(name="Bob")})
        assert said(await comer.until(task)) == "Ann and Bob"


async def test_several_questions_are_answered_one_by_one(house: House):
    async with house.comer() as comer:
        task = await comer.start("both")
        with anyio.fail_after(20):
            while set((await comer.get(task)).get("inputRequests", ())) != {"one", "two"}:
                await anyio.sleep(0.005)
        await comer.update(task, two=accept(name="B"))
        left = await comer.get(task)
        assert (left["status"], list(left["inputRequests"])) == ("input_required", ["one"])
        await comer.update(task, one=accept(name="A"))
        assert said(await comer.until(task)) == "A and B"


async def test_the_model_and_the_folders_of_the_client_are_asked_beside_the_call(house: House):
    async with house.comer() as comer:
        task = await comer.start("thinks")
        (key,) = (await comer.until(task, "input_required"))["inputRequests"]
        await comer.update(task, **{key: model("I think")})
        assert said(await comer.until(task)) == "I think"
        task = await comer.start("looks")
        (key,) = (await comer.until(task, "input_required"))["inputRequests"]
        await comer.update(task, **{key: places("file:///a", "file:///b")})
        assert said(await comer.until(task)) == "file:///a, file:///b"


async def test_a_person_may_decline(house: House):
    async with house.comer() as comer:
        task = await comer.start("named")
        await comer.until(task, "input_required")
        await comer.update(task, name={"action": "decline"})
        done = await comer.until(task)
    assert done["result"]["isError"]
    assert "declined" in said(done)


@pytest.mark.parametrize("answer", [7, None, {}, {"action": "shrug"}, []])
async def test_what_is_no_answer_is_refused_and_still_waited_for(house: House, answer: Any):
    async with house.comer() as comer:
        task = await comer.start("named")
        await comer.until(task, "input_required")
        assert (await refused(comer.update(task, name=answer))).code == INVALID_PARAMS
        assert (await comer.get(task))["status"] == "input_required"


async def test_a_task_that_waits_for_an_answer_can_be_cancelled(house: House):
    async with house.comer() as comer:
        task = await comer.start("named")
        await comer.until(task, "input_required")
        await comer.cancel(task)
        assert (await comer.until(task))["status"] == "cancelled"


async def test_the_time_of_the_person_is_not_that_of_the_tool(house: House):
    from toolpost.middleware.timeout import Timeout

    async with house.comer(Timeout(seconds=0.3)) as comer:
        task = await comer.start("named")
        await comer.until(task, "input_required")
        # Long enough for the call to be stopped, if this were its own time.
        await anyio.sleep(0.5)
        await comer.update(task, name=accept(name="Ann"))
        assert said(await comer.until(task)) == "Hello, Ann!"
        assert "did not finish" in said(await comer.until(await comer.start("work")))


async def test_a_tool_may_ask_in_rounds_and_leave_later(house: House):
    async with house.comer() as comer:
        round_one = await comer.call("later")
        assert round_one["resultType"] == "input_required"
        answered = await comer.client.session.call_tool(
            "later",
            {},
            input_responses={"name": accept(name="Ann")},  # type: ignore[dict-item]  # the wire form will do
            request_state=round_one["requestState"],
            allow_claimed=True,
            allow_input_required=True,
        )
        task = answered.model_dump(by_alias=True)["taskId"]
        house.bench.gate.set()
        assert said(await comer.until(task)) == "later, Ann"


async def test_whoever_leaves_before_the_task_is_told_ends_the_call(house: House):
    async with house.comer() as comer:
        with anyio.move_on_after(0.05):
            await comer.call("work")
        with anyio.fail_after(10):
            while not house.bench.cancelled:
                await anyio.sleep(0.005)
        assert (await comer.call("list_jobs"))["structuredContent"]["result"] == []


async def test_beyond_its_share_a_caller_is_answered_in_the_request(house: House):
    async with house.comer(tasks=1) as comer, anyio.create_task_group() as others:
        task = await comer.start("work")
        answers: list[Any] = []

        async def call() -> None:
            answers.append(await comer.call("work"))

        others.start_soon(call)
        with anyio.fail_after(10):
            while house.bench.calls < 2:
                await anyio.sleep(0.005)
        house.bench.gate.set()
        assert (await comer.until(task))["status"] == "completed"
    assert answers[0]["resultType"] == "complete"


async def test_a_result_is_there_for_whoever_comes_after_a_restart(house: House):
    async with house.comer() as comer:
        task = await comer.start("work")
        house.bench.gate.set()
        await comer.until(task)
    async with house.comer() as comer:
        assert said(await comer.get(task)) == "worked "


@pytest.mark.parametrize(("tool", "words"), [("paint", "forget_job"), ("work", "toolpost ended while it ran")])
async def test_what_was_under_way_at_the_end_of_toolpost_has_failed(house: House, tool: str, words: str):
    async with house.comer() as comer:
        task = await comer.start(tool)
        await house.bench.begun.wait()
    async with house.comer() as comer:
        lost = await comer.get(task)
    assert (lost["status"], lost["error"]["code"]) == ("failed", INTERNAL_ERROR)
    assert words in lost["error"]["message"]


async def test_work_that_ends_with_toolpost_has_its_result_nonetheless(house: House):
    async with house.comer(on_cancel="finish", grace=5.0) as comer:
        task = await comer.start("paint")
        await house.bench.begun.wait()
        house.bench.gate.set()
    async with house.comer() as comer:
        assert said(await comer.get(task)) == "painted "


async def test_another_process_answers_cancels_and_brings_answers(house: House):
    async with house.comer() as comer, house.comer() as other:
        waiting, asking = await comer.start("work"), await comer.start("named")
        await comer.until(asking, "input_required")
        assert (await other.until(asking, "input_required"))["inputRequests"]
        await other.update(asking, name=accept(name="Ann"))
        assert said(await other.until(asking)) == "Hello, Ann!"
        await other.cancel(waiting)
        assert (await other.until(waiting))["status"] == "cancelled"


async def test_an_equal_call_of_another_process_is_the_same_task(house: House):
    async with house.comer() as comer, house.comer() as other:
        task = await comer.start("paint")
        assert await other.start("paint") == task
        house.bench.gate.set()
        assert said(await other.until(task)) == "painted "
    assert house.bench.calls == 1


async def test_a_result_that_only_the_ledger_has_is_found(house: House):
    from dataclasses import replace

    house.bench.gate.set()
    async with house.comer() as comer:
        task = await comer.start("paint")
        await comer.until(task)
    ledger = house.ledger()
    ticket = await ledger.tickets.find("local", task)
    assert ticket is not None
    # As if the process had died between the last line in the book and the one on the ticket.
    await ledger.tickets.stored.update(replace(ticket, status="working", result=None))
    async with house.comer() as comer:
        found = await comer.get(task)
    assert (found["status"], said(found)) == ("completed", "painted ")
    assert found["result"]["_meta"]["toolpost/ledger"]["replayed"] is True


async def test_a_store_that_cannot_be_written_makes_no_task(house: House, monkeypatch: pytest.MonkeyPatch):
    from toolpost import Unavailable
    from toolpost.middleware.ledger.tickets import Tickets

    async def full(*given: Any) -> None:
        raise Unavailable("the disk is full")

    async with house.comer() as comer:
        monkeypatch.setattr(Tickets, "open", full)
        async with anyio.create_task_group() as others:
            answers: list[Any] = []

            async def call() -> None:
                answers.append(await comer.call("work"))

            others.start_soon(call)
            await house.bench.begun.wait()
            await anyio.sleep(0.4)
            house.bench.gate.set()
    assert answers[0]["content"][0]["text"] == "worked "


async def test_masks_hold_in_a_task(house: House):
    from toolpost.middleware.pii import PII

    async with house.comer(PII()) as comer:
        task = await comer.start("paint", prompt="for ann@example.com")
        house.bench.gate.set()
        done = await comer.until(task)
    assert "ann@example.com" not in json.dumps(done)


async def test_a_thousand_tasks_leave_nothing_behind(house: House):
    house.bench.gate.set()
    async with house.host() as host, connected(host) as comer:
        await thousand(comer, 20)
        gc.collect()
        before = len(gc.get_objects())
        await thousand(comer, 1_000)
        gc.collect()
        ledger = next(layer for _, layer in host.layers if hasattr(layer, "tickets"))
        assert not ledger.tickets.running
        assert not ledger._flights
        # What remains is a line for each result that waits, to count them.
        assert len(gc.get_objects()) - before < 4_000


async def thousand(comer: Any, count: int) -> None:
    async def one(number: int) -> None:
        async with limit:
            task = await comer.start("paint", prompt=str(number) + str(count))
            await comer.until(task)

    limit = anyio.CapacityLimiter(20)
    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(one, number)
