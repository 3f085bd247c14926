"""What is counted of each call, and that nobody can make the numbers many."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from prometheus_client.parser import text_string_to_metric_families

from toolpost import (
    CallNext,
    Context,
    Gauge,
    Host,
    InvalidArguments,
    Prompt,
    Refused,
    Resource,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    Unavailable,
    UnknownTool,
    hookimpl,
)
from toolpost.middleware.metrics import Metrics
from toolpost.middleware.metrics.counters import OTHER
from toolpost.tools.context import InputRequired

ERRORS: dict[str, Callable[[], BaseException]] = {
    "invalid": lambda: InvalidArguments("canary"),
    "refused": lambda: Refused("canary"),
    "unavailable": lambda: Unavailable("canary"),
    "error": lambda: ToolError("canary"),
    "crash": lambda: ValueError("canary"),
    "input_required": lambda: InputRequired({}, "canary"),
}


class Clock:
    """Each look at it takes `step` seconds."""

    def __init__(self, step: float = 0.25) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Desk:
    """Tools that end in every way."""

    def __init__(self, meta: dict[str, Any] | None = None) -> None:
        self.meta = meta or {}

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.work), Tool(self.wait)]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("desk://work", self.work_on)]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.work_on, name="work")]

    @hookimpl
    def middleware(self) -> Any:
        return self.note

    async def note(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        call.context.note("desk", "canary", decision="masked", counts={"EMAIL": 2, "waited_ms": 12.5})
        return await call_next(call)

    async def work(self, fails: str = "", is_error: bool = False) -> ToolResult:
        if fails:
            raise ERRORS[fails]()
        return ToolResult.of("canary", meta=self.meta) if not is_error else ToolResult(is_error=True)

    async def wait(self) -> None:
        await anyio.sleep_forever()

    async def work_on(self) -> str:
        return "canary"


def samples(text: bytes) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All numbers by name and labels, but for those of the process."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if not sample.name.startswith("process_"):
                found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def number(text: bytes, name: str, **labels: str) -> float:
    return samples(text)[name, tuple(sorted(labels.items()))]


WORK = {"tool": "work", "plugin": "desk", "surface": "python"}


async def test_calls_are_counted_by_tool_plugin_and_surface(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk()}) as host:
        await host.call("work")
        await host.call("work", {}, Context(surface="cli"))
        await host.read("desk://work")
        await host.prompt("work")
        text = await metrics.scrape(host)
    assert number(text, "toolpost_calls_total", **WORK) == 1
    assert number(text, "toolpost_calls_total", **{**WORK, "surface": "cli"}) == 1
    assert number(text, "toolpost_calls_total", **{**WORK, "tool": "resource:work_on"}) == 1
    assert number(text, "toolpost_calls_total", **{**WORK, "tool": "prompt:work"}) == 1
    assert number(text, "toolpost_calls_running") == 0


@pytest.mark.parametrize("kind", ERRORS)
async def test_failures_are_counted_by_kind(anyio_backend: str, kind: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk()}) as host:
        with pytest.raises((ToolError, InputRequired)):
            await host.call("work", {"fails": kind})
    text = metrics.render()
    assert number(text, "toolpost_call_errors_total", kind=kind, **WORK) == 1
    assert number(text, "toolpost_calls_total", **WORK) == 1
    assert b"canary" not in text


async def test_an_answer_that_is_an_error_counts_as_one(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk()}) as host:
        await host.call("work", {"is_error": True})
    assert number(metrics.render(), "toolpost_call_errors_total", kind="error", **WORK) == 1


async def test_a_call_whose_caller_leaves_is_cancelled(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk()}) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "wait")
        await anyio.wait_all_tasks_blocked()
        assert number(metrics.render(), "toolpost_calls_running") == 1
        tasks.cancel_scope.cancel()
    labels = {**WORK, "tool": "wait", "kind": "cancelled"}
    assert number(metrics.render(), "toolpost_call_errors_total", **labels) == 1


async def test_times_are_shown_as_a_histogram_and_as_quantiles(anyio_backend: str):
    metrics = Metrics(clock=Clock(0.25))
    async with Host({"metrics": metrics, "desk": Desk()}) as host:
        for _ in range(4):
            await host.call("work")
    text = metrics.render()
    assert number(text, "toolpost_call_seconds_sum", tool="work") == 1.0
    assert number(text, "toolpost_call_seconds_bucket", tool="work", le="0.2") == 0
    assert number(text, "toolpost_call_seconds_bucket", tool="work", le="0.5") == 4
    assert 0.24 <= number(text, "toolpost_call_seconds_quantile", tool="work", quantile="0.99") <= 0.25


USED = {
    "toolpost/usage": {"model": "gpt-6-luna", "input_tokens": 30, "output_tokens": 4},
    "toolpost/ledger": {"job": "canary", "cost_usd": 0.25},
}


async def test_tokens_and_money_are_added_up(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk(USED)}) as host:
        await host.call("work")
        await host.call("work")
    text = metrics.render()
    assert number(text, "toolpost_tokens_total", tool="work", direction="input") == 60
    assert number(text, "toolpost_model_tokens_total", model="gpt-6-luna", direction="output") == 8
    assert number(text, "toolpost_cost_usd_total", tool="work") == 0.5


@pytest.mark.parametrize(
    "again",
    [{"toolpost/cache": "hit"}, {"toolpost/cache": "joined"}, {"toolpost/ledger": {"replayed": True, "cost_usd": 1}}],
)
async def test_what_was_answered_again_was_not_used_again(anyio_backend: str, again: dict[str, Any]):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk({**USED, **again})}) as host:
        await host.call("work")
    names = {name for name, _ in samples(metrics.render())}
    assert not names & {"toolpost_tokens_total", "toolpost_cost_usd_total"}


@pytest.mark.parametrize(
    "odd",
    [
        {"toolpost/usage": "canary", "toolpost/ledger": [1], "toolpost/cache": {"a": 1}},
        {"toolpost/usage": {"model": None, "input_tokens": "12", "output_tokens": -3}},
        {"toolpost/usage": {"input_tokens": True, "output_tokens": 1e300}, "toolpost/ledger": {"cost_usd": "1"}},
    ],
)
async def test_nonsense_of_a_plugin_is_not_counted_and_does_no_harm(anyio_backend: str, odd: dict[str, Any]):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk(odd)}) as host:
        assert (await host.call("work")).text == "canary"
    assert number(metrics.render(), "toolpost_calls_total", **WORK) == 1


async def test_decisions_and_their_numbers_are_counted_by_layer(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk()}) as host:
        await host.call("work")
        await host.call("work")
    text = metrics.render()
    assert number(text, "toolpost_decisions_total", layer="desk", decision="masked") == 2
    assert number(text, "toolpost_decision_amount_total", layer="desk", what="EMAIL") == 4
    assert number(text, "toolpost_decision_amount_total", layer="desk", what="waited_ms") == 25
    assert b"canary" not in text


async def test_notes_of_an_earlier_call_are_not_counted_twice(anyio_backend: str):
    metrics, context = Metrics(), Context()
    async with Host({"metrics": metrics, "desk": Desk()}) as host:
        await host.call("work", {}, context)
        await host.call("work", {}, context)
    assert number(metrics.render(), "toolpost_decisions_total", layer="desk", decision="masked") == 2


class Naming:
    """Says every time that it used another model, or that another layer decided something else."""

    def __init__(self) -> None:
        self.count = 0

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.use), Tool(self.decide)]

    async def use(self) -> ToolResult:
        self.count += 1
        usage = {"model": f"model-{self.count}", "input_tokens": 1, "output_tokens": 1}
        return ToolResult.of("x", meta={"toolpost/usage": usage})

    async def decide(self, context: Context) -> None:
        self.count += 1
        context.note(f"layer{self.count}", decision=f"decision{self.count}", counts={f"word{self.count}": 1})


async def test_ten_thousand_names_add_fewer_than_twenty_series(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "naming": Naming()}) as host:
        await host.call("use")
        before = len(samples(metrics.render()))
        for count in range(10_000):
            await host.call("use", {}, Context(principal=f"caller-{count}"))
            with pytest.raises(UnknownTool):
                await host.call(f"tool-{count}")
    text = metrics.render()
    assert len(samples(text)) - before < 20
    assert number(text, "toolpost_model_tokens_total", model=OTHER, direction="input") > 9_000


async def test_words_of_a_plugin_that_invents_them_end_somewhere(anyio_backend: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "naming": Naming()}) as host:
        for _ in range(2_000):
            await host.call("decide")
    text = metrics.render()
    assert len(samples(text)) < 400
    assert number(text, "toolpost_decisions_total", layer=OTHER, decision=OTHER) > 1_000


async def test_callers_have_numbers_only_where_that_is_asked_for(anyio_backend: str):
    for principals, shown in ((0, set()), (2, {"ann", "bob", OTHER})):
        metrics = Metrics(principals=principals)
        async with Host({"metrics": metrics, "desk": Desk()}) as host:
            for name in ("ann", "bob", "cleo", "ann"):
                await host.call("work", {}, Context(principal=name))
        labels = {dict(where).get("principal") for _, where in samples(metrics.render())} - {None}
        assert labels == shown


class Gauging:
    def __init__(self, *gauges: Gauge) -> None:
        self.gauges_ = gauges

    @hookimpl
    def gauges(self) -> list[Gauge]:
        return list(self.gauges_)


async def test_numbers_of_plugins_are_shown_and_a_broken_one_hides_no_other(anyio_backend: str):
    def fall() -> float:
        raise ValueError("canary")

    gauges = (
        Gauge("breaker_open", "Open.", lambda: {"openai": 1.0, "local": 0.0}, label="provider"),
        Gauge("broken", "Broken.", fall),
        Gauge("no name", "Broken.", lambda: 1),
        Gauge("words", "Broken.", lambda: "canary"),  # type: ignore[arg-type,return-value]
        Gauge("breaker_open", "Twice.", lambda: 5),
        Gauge("many", "Many.", lambda: {f"caller{n}": 1.0 for n in range(10_000)}),
        Gauge("waiting", "Waiting.", lambda: 3),
    )
    metrics = Metrics()
    async with Host({"metrics": metrics, "gauging": Gauging(*gauges)}) as host:
        text = metrics.render(host)
    assert number(text, "breaker_open", provider="openai") == 1
    assert number(text, "waiting") == 3
    assert sum(name == "many" for name, _ in samples(text)) == 50
    assert b"canary" not in text


def raising(error: BaseException) -> Callable[[], float]:
    def read() -> float:
        raise error

    return read


def block() -> float:
    time.sleep(60)
    return 1


WAITING = Gauge("waiting", "Waiting.", lambda: 3)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, BaseException, RecursionError])
async def test_whatever_a_gauge_raises_hides_no_other(anyio_backend: str, kind: type[BaseException]):
    metrics, gauging = Metrics(), Gauging(Gauge("a", "A.", raising(kind("canary"))), WAITING)
    async with Host({"metrics": metrics, "gauging": gauging}) as host:
        text = await metrics.scrape(host)
    assert number(text, "waiting") == 3
    assert b"canary" not in text


async def test_a_gauge_that_blocks_is_given_up_and_not_asked_again_for_a_while(anyio_backend: str):
    asked: list[str] = []

    def stuck() -> float:
        asked.append("stuck")
        return block()

    class Stuck(Gauging):
        @hookimpl
        def gauges(self) -> list[Gauge]:
            asked.append("hook")
            block()
            return []

    metrics = Metrics()
    slow, sound = Gauging(Gauge("a", "A.", stuck)), Gauging(WAITING)
    async with Host({"metrics": metrics, "slow": slow, "stuck": Stuck(), "sound": sound}) as host:
        for _ in range(20):
            assert number(await metrics.scrape(host), "waiting") == 3
    assert sorted(asked) == ["hook", "stuck"]


@pytest.mark.parametrize("name", ["toolpost_calls", "toolpost_info", "Toolpost_x", "process_cpu", "python_info"])
async def test_names_of_toolpost_are_for_its_own_plugins(anyio_backend: str, name: str):
    metrics = Metrics()
    async with Host({"metrics": metrics, "gauging": Gauging(Gauge(name, "canary", lambda: 4711), WAITING)}) as host:
        text = await metrics.scrape(host)
    assert b"4711" not in text
    assert b"canary" not in text
    assert number(text, "waiting") == 3


async def test_a_plugin_shows_so_many_gauges(anyio_backend: str):
    metrics = Metrics()
    many = Gauging(*(Gauge(f"many_{number}", "Many.", lambda: 1) for number in range(1000)))
    async with Host({"metrics": metrics, "many": many, "gauging": Gauging(WAITING)}) as host:
        text = await metrics.scrape(host)
    assert sum(name.startswith("many_") for name, _ in samples(text)) == 100
    assert number(text, "waiting") == 3


@pytest.mark.parametrize(
    "gauge",
    [
        Gauge("odd", "O\udc80dd.", lambda: {"\udc80": 1.0}),
        Gauge("odd", "Odd.", lambda: {"a" * 100 + "b": 1.0, "a" * 100 + "c": 2.0}),
        Gauge("odd", "Odd.", lambda: {1: 1.0, "a": 2.0, None: 3.0}),  # type: ignore[dict-item]  # what plugins do
        Gauge("odd", "Odd.", lambda: {"a": 1.0}, label="__name__"),
        Gauge("odd", "Odd.", lambda: {"a": 1.0}, label="a b"),
        Gauge("odd\nwaiting 5", "Odd.", lambda: 1),
        Gauge(5, "Odd.", lambda: 1),  # type: ignore[arg-type]  # what plugins do
        Gauge("odd", "Odd.", 5),  # type: ignore[arg-type]  # what plugins do
    ],
    ids=lambda gauge: repr(gauge)[:40],
)
async def test_odd_gauges_leave_what_prometheus_can_read(anyio_backend: str, gauge: Gauge):
    metrics = Metrics()
    async with Host({"metrics": metrics, "gauging": Gauging(gauge, WAITING)}) as host:
        text = await metrics.scrape(host)
    assert number(text, "waiting") == 3
    assert all(len(value) <= 100 for _, labels in samples(text) for _, value in labels)


async def test_plugins_are_shown_with_how_they_stand(anyio_backend: str):
    class Falling:
        @hookimpl
        def tools(self) -> list[Tool]:
            raise ValueError("canary")

    metrics = Metrics()
    async with Host({"metrics": metrics, "desk": Desk(), "falling": Falling()}) as host:
        text = metrics.render(host)
    assert number(text, "toolpost_plugin", plugin="desk", state="loaded") == 1
    assert number(text, "toolpost_plugin", plugin="falling", state="broken") == 1
    assert b"canary" not in text


async def test_the_process_is_shown(anyio_backend: str):
    assert b"process_resident_memory_bytes" in Metrics().render()
    assert b"toolpost_info{" in Metrics().render()


def test_start_imports_neither_prometheus_nor_opentelemetry():
    import subprocess
    import sys

    code = (
        "import sys, toolpost.middleware.metrics as m; m.Metrics();"
        "print([n for n in ('prometheus_client', 'opentelemetry', 'click') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
