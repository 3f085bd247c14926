"""A plugin in a process of its own is the same plugin, and its end is not the host's."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import (
    CallNext,
    ConfigError,
    Context,
    Crash,
    Host,
    InvalidArguments,
    Middleware,
    Refused,
    Resource,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    Unavailable,
    hookimpl,
)
from toolpost.config.load import load
from toolpost.isolation import plugin
from toolpost.middleware.validation import Validation
from toolpost.plugins.assemble import Workshop
from toolpost.testing import ERAS, connect

pytestmark = pytest.mark.anyio
PATIENCE = 60.0
HOSTILE = Path(__file__).parents[2] / "surfaces" / "hostile"
DEADLY = ("exits", "segfaults", "aborts", "spins", "spins_plainly", "sleeps", "shields", "babbles", "lies")


async def eventually(work: Callable[[], Awaitable[Any]]) -> Any:
    """What it gives once it is available."""
    with anyio.fail_after(PATIENCE):
        while True:
            with suppress(Unavailable):
                return await work()
            await anyio.sleep(0.02)


async def test_it_offers_the_same(assembled: Any):
    apart, here = assembled("hostile"), assembled("hostile", "")
    assert list(apart.tools) == list(here.tools)
    for name, tool in here.tools.items():
        other = apart.tools[name]
        assert (other.words, other.input_schema, other.output_schema) == (
            tool.words,
            tool.input_schema,
            tool.output_schema,
        )
        assert other.takes_context == tool.takes_context
    assert [one.uri for one in apart.resources] == [one.uri for one in here.resources]
    assert list(apart.prompts) == list(here.prompts)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("echo", {"text": "hello"}), ("media", {}), ("anything", {"a": [1]}), ("counts", {"to": 2}),
        ("who", {}), ("large", {"size": 3_000_000}),
    ],
)  # fmt: skip
async def test_it_answers_the_same(assembled: Any, tool: str, arguments: dict[str, Any]):
    async with assembled("hostile") as apart, assembled("hostile", "") as here:
        assert await apart.call(tool, arguments) == await here.call(tool, arguments)


@pytest.mark.parametrize(
    ("tool", "arguments", "kind"),
    [
        ("echo", {"txt": 1}, InvalidArguments), ("fails_in_words", {"text": "so it is"}, ToolError),
        ("raises", {"kind": "SystemExit"}, Crash), ("raises_sync", {"kind": "RecursionError"}, Crash),
        ("asks", {}, Refused), ("answers", {"kind": "nan"}, ToolError), ("answers", {"kind": "big"}, ToolError),
        ("fails_in_words", {"text": "x", "meta": "nan meta"}, ToolError), ("anything", {"b": 1}, ToolError),
        ("serves", {"people": 0}, InvalidArguments), ("serves", {"people": -13}, Crash),
    ],
)  # fmt: skip
async def test_it_fails_the_same(assembled: Any, tool: str, arguments: dict[str, Any], kind: type[ToolError]):
    async with assembled("hostile") as apart, assembled("hostile", "") as here:
        with pytest.raises(ToolError) as far:
            await apart.call(tool, arguments)
        with pytest.raises(ToolError) as near:
            await here.call(tool, arguments)
    assert type(far.value) is type(near.value) is kind
    if kind is Crash:
        assert far.value.reference in str(far.value)
    else:
        assert str(far.value) == str(near.value)


async def test_resources_and_prompts_and_completions_are_answered(assembled: Any):
    async with assembled("hostile") as host:
        _, answer = await host.read("hostile://says/hello%20there")
        assert answer.text == "hello%20there"
        assert (await host.prompt("review", {"language": "Zig"})).text == "Review this Zig, and be kind."
        _, picture = await host.read("hostile://blob")
        assert picture.content[0].type == "image"
        assert (await host.read("hostile://pages/3"))[1].text == "page 3"


@pytest.mark.parametrize("isolation", ["process", "thread"])
@pytest.mark.parametrize("era", ERAS)
async def test_a_resource_may_hold_nothing(assembled: Any, isolation: str, era: Any):
    async with assembled("hostile", isolation) as host, connect(host, era=era) as client:
        assert (await client.read_resource("hostile://nothing/text")).contents[0].text == ""
        assert (await client.read_resource("hostile://nothing/bytes")).contents[0].blob == ""


class Inside:
    """What stands inside the validation layer, and counts what reaches it; its tools are another host's."""

    def __init__(self, apart: Host) -> None:
        self._apart = apart
        self.reached = 0

    @hookimpl
    def middleware(self) -> Middleware:
        return self

    @hookimpl
    def tools(self) -> list[Tool]:
        return list(self._apart.tools.values())

    @hookimpl
    def resources(self) -> list[Resource]:
        return self._apart.resources

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        self.reached += 1
        return await call_next(call)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"people": 0}, "people: input should be greater than or equal to 1"),
        ({"people": "0"}, "people: input should be greater than or equal to 1"),
        ({"people": "many"}, "people: input should be a valid integer, unable to parse string as an integer"),
        ({}, "people: required, and missing"),
        ({"people": 1, "peple": 1}, "peple: no such argument; did you mean 'people'?"),
    ],
)
async def test_wrong_arguments_are_refused_before_any_layer_inside_sees_them(
    assembled: Any, arguments: dict[str, Any], message: str
):
    async with assembled("hostile") as apart:
        inside = Inside(apart)
        async with Host([Validation(), inside]) as host:
            with pytest.raises(InvalidArguments) as caught:
                await host.call("serves", arguments)
    assert str(caught.value) == message
    assert inside.reached == 0


async def test_what_a_uri_gives_is_refused_before_any_layer_inside_sees_it(assembled: Any):
    async with assembled("hostile") as apart:
        inside = Inside(apart)
        async with Host([Validation(), inside]) as host:
            with pytest.raises(InvalidArguments, match="number: input should be greater"):
                await host.read("hostile://pages/0")
    assert inside.reached == 0


@pytest.mark.parametrize("people", [2, "2", 2.0])
async def test_types_read_there_what_they_read_here(assembled: Any, people: Any):
    async with assembled("hostile") as apart, assembled("hostile", "") as here:
        assert (await apart.call("serves", {"people": people})).structured == {"result": 2}
        assert (await here.call("serves", {"people": people})).structured == {"result": 2}


async def test_arguments_are_judged_with_the_call_where_types_take_too_long(
    assembled: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(plugin, "JUDGED", 0.0)
    async with assembled("hostile") as apart:
        with pytest.raises(InvalidArguments, match="people: input should be greater"):
            await apart.call("serves", {"people": 0})


async def test_progress_questions_and_notes_reach_the_caller(assembled: Any):
    said: list[Any] = []

    async def report(done: float, total: float | None, message: str | None) -> None:
        said.append((done, total, message))

    async def question(message: str, schema: dict[str, Any]) -> dict[str, Any]:
        said.append(message)
        return {"confirm": True}

    async with assembled("hostile") as host:
        await host.call("counts", {"to": 2}, Context(report=report))
        for tool in ("asks", "asks_sync"):
            assert (await host.call(tool, {}, Context(question=question))).text == "yes"
        answer = await host.call("asks_twice", {"topic": "x"}, Context(question=question))
    assert said == [(1, 2, "step 1"), (2, 2, "step 2"), "Really?", "Really?", "First x?", "Second x?"]
    assert answer.text == "True True"


async def test_notes_and_the_name_of_a_call_are_those_of_the_host(assembled: Any):
    context = Context()
    async with assembled("deadly") as host:
        answer = await host.call("notes", {}, context)
    assert answer.text == context.call_id
    assert [(note.layer, note.decision, dict(note.counts)) for note in context.notes] == [("deadly", "hit", {"n": 1})]


async def test_a_cancelled_call_is_cancelled_there(assembled: Any):
    async with assembled("hostile") as host:
        started = anyio.Event()

        async def report(*_: Any) -> None:
            started.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(host.call, "waits", {"name": "w"}, Context(report=report))
            await started.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(PATIENCE):
            while not (found := (await host.call("cancelled_so_far")).structured["result"]):
                await anyio.sleep(0.01)
    assert found[0].startswith("w:Cancelled")


@pytest.mark.parametrize("tool", DEADLY)
async def test_whatever_it_does_another_process_takes_its_place(assembled: Any, tool: str):
    async with assembled("deadly", seconds=1.0) as host:
        with suppress(ToolError):
            await host.call(tool)
        # Some are heard of only after they have answered.
        with suppress(ToolError):
            await host.call("exits")
        answer = await eventually(lambda: host.call("steady", {"text": "again"}))
    assert answer.text == "again"


async def test_a_call_that_may_have_been_carried_out_is_not_said_to_be_available_later(assembled: Any):
    async with assembled("deadly") as host:
        with pytest.raises(ToolError, match="may have been carried out") as failure:
            await host.call("exits")
        assert not isinstance(failure.value, Unavailable)
        with pytest.raises(Unavailable, match="status 4"):
            await eventually_raises(host, "peeks")


async def eventually_raises(host: Host, tool: str) -> None:
    """Call a tool once its plugin is there."""
    await eventually(lambda: host.call("steady"))
    await host.call(tool)


async def test_a_signal_is_named(assembled: Any):
    async with assembled("deadly") as host:
        with pytest.raises(ToolError, match="SIGSEGV"):
            await host.call("segfaults")


async def test_memory_is_bounded_and_a_process_that_has_used_it_up_replaced(assembled: Any):
    async with assembled("deadly", "process", "memory = 300000000") as host:
        before = (await host.call("pids")).structured["result"][0]
        with pytest.raises(ToolError):
            await host.call("allocates")
        after = (await eventually(lambda: host.call("pids"))).structured["result"][0]
    assert before != after


async def test_it_sees_only_the_environment_that_it_was_given(assembled: Any, monkeypatch: pytest.MonkeyPatch):
    for name in ("OPENAI_API_KEY", "TOOLPOST__OTHER__KEY", "GIVEN"):
        monkeypatch.setenv(name, "canary")
    monkeypatch.delenv("TOOLPOST__OTHER__KEY")
    async with assembled("deadly", "process", 'environment = ["GIVEN"]', 'password = "hidden-canary"') as host:
        seen = (await host.call("sees")).structured
        argv = (await host.call("arguments")).structured["result"]
        assert (await host.call("setting")).text == "hidden-canary"
    assert seen["GIVEN"] == "canary"
    assert not {"OPENAI_API_KEY", "HOME", "TOOLPOST_HOME", "PYTHONPATH"} & seen.keys()
    assert "canary" not in " ".join([*argv, *(value for name, value in seen.items() if name != "GIVEN")])


async def test_the_store_is_the_same(assembled: Any):
    async with assembled("deadly") as host:
        assert (await host.call("remembers")).structured == {"result": 1}
    async with assembled("deadly", "") as host:
        assert (await host.call("remembers")).structured == {"result": 2}


async def test_nothing_is_left_when_the_host_has_closed(assembled: Any):
    async with assembled("deadly") as host:
        pids = (await host.call("pids")).structured["result"]
    await gone(pids)


async def gone(pids: list[int]) -> None:
    with anyio.fail_after(PATIENCE):
        while any(Path(f"/proc/{pid}/cmdline").exists() and runs(pid) for pid in pids):
            await anyio.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether a process has not ended; one whose parent has gone may wait for whoever adopts it."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


async def test_what_it_started_ends_with_it(assembled: Any):
    async with assembled("deadly") as host:
        pids = (await host.call("pids")).structured["result"]
        os.kill(pids[0], 9)
        await gone(pids)
        assert (await eventually(lambda: host.call("steady", {"text": "new"}))).text == "new"


@pytest.mark.parametrize("how", ["segfault", "exit", "raise"])
async def test_one_that_does_not_start_is_left_out_and_named(assembled: Any, how: str):
    host = assembled("deadly", "process", f'at_start = "{how}"')
    assert "deadly" in host.registry.broken
    assert "steady" not in host.tools


async def test_one_that_starts_slowly_is_not_waited_for(assembled: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("toolpost.isolation.starting.WAITING", 0.01)
    host = assembled("deadly", "process", 'at_start = "slow"')
    assert "steady" not in host.tools
    async with host:
        with host.changes.subscribed() as changes, anyio.fail_after(PATIENCE):
            async for change in changes:
                if change.kind == "tools":
                    break
        assert (await host.call("steady", {"text": "late"})).text == "late"


async def test_a_thread_that_is_left_behind_wears_its_process_out(assembled: Any):
    async with assembled("deadly", seconds=0.5) as host:
        before = (await host.call("pids")).structured["result"]
        with pytest.raises(ToolError):
            await host.call("spins_plainly")
        await gone(before)
        assert (await eventually(lambda: host.call("steady", {"text": "new"}))).text == "new"


async def test_a_wrong_setting_is_the_operators(assembled: Any):
    with pytest.raises(ConfigError, match=r"config\.toml:\d+: \[plugins\.deadly\] pasword: unknown key.*'password'"):
        assembled("deadly", "process", 'pasword = "x"')


async def test_a_layer_cannot_run_apart(assembled: Any):
    for isolation in ("process", "thread"):
        with pytest.raises(ConfigError, match="implements 'middleware'.*remove isolation"):
            assembled("guard", isolation)


def test_memory_and_environment_go_with_a_process(tmp_path: Path):
    path = tmp_path / "config.toml"
    path.write_text('[plugins.deadly]\nisolation = "process"\nmemory = 5\nenvironment = ["A"]\n')
    table = load(path).plugins["deadly"]
    assert (table.isolation, table.memory, table.environment, table.settings) == ("process", 5, ("A",), {})
    path.write_text("[plugins.deadly]\nmemory = 5\n")
    assert "memory" in load(path).plugins["deadly"].settings
    path.write_text('[plugins.deadly]\nisolation = "container"\n')
    with pytest.raises(ConfigError, match="isolation"):
        load(path)


@pytest.mark.parametrize("isolation", ["process", "thread"])
async def test_one_whose_table_did_not_change_goes_on_when_the_others_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolation: str
):
    monkeypatch.syspath_prepend(str(HOSTILE))
    path, workshop = tmp_path / "config.toml", Workshop()
    deadly = '[plugins.deadly]\nisolation = "{}"\n{}'

    def host(text: str) -> Host:
        path.write_text(text)
        return workshop.host(load(path))

    first = host(deadly.format(isolation, ""))
    second = host("[plugins.validation]\n" + deadly.format(isolation, ""))
    assert second.registry.plugins["deadly"] is first.registry.plugins["deadly"]
    assert "deadly" in workshop.kept
    third = host(deadly.format(isolation, 'password = "another"'))
    assert third.registry.plugins["deadly"] is not first.registry.plugins["deadly"]
    fourth = host(deadly.format("", 'password = "another"'))
    assert fourth.registry.plugins["deadly"] is not third.registry.plugins["deadly"]
    assert type(fourth.registry.plugins["deadly"]).__name__ == "Deadly"
