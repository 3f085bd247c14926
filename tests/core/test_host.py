"""The one door: calls, layers, lifespans, and what plugins do wrong."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost import (
    Artefacts,
    CallNext,
    Context,
    Crash,
    Host,
    Middleware,
    PluginError,
    Prompt,
    Refused,
    Resource,
    Tool,
    ToolCall,
    ToolError,
    ToolResult,
    UnknownTool,
    hookimpl,
)


@dataclass
class Echo:
    raises: Any = None

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo), Tool(self.blocking)]

    async def echo(self, text: str = "") -> str:
        """Say it back."""
        if self.raises is not None:
            raise self.raises
        return text

    def blocking(self) -> str:
        """Raise in a thread."""
        if self.raises is not None:
            raise self.raises
        return ""


@dataclass
class Layer:
    """A layer that writes down when it was passed."""

    name: str
    seen: list[str] = field(default_factory=list)
    only: str = ""

    @hookimpl
    def middleware(self) -> Any:
        return self

    def applies_to(self, tool: Tool) -> bool:
        return self.only in tool.name

    async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
        self.seen.append(f"{self.name} in")
        result = await call_next(replace(call, arguments={"text": f"{call.arguments.get('text', '')}{self.name}"}))
        self.seen.append(f"{self.name} out")
        return result


async def test_layers_stand_in_the_order_of_the_configuration():
    seen: list[str] = []
    async with Host({"echo": Echo(), "a": Layer("a", seen), "b": Layer("b", seen)}) as host:
        result = await host.call("echo", {"text": "-"})
    assert seen == ["a in", "b in", "b out", "a out"]
    assert result.text == "-ab"


async def test_a_layer_that_does_not_apply_is_not_there():
    seen: list[str] = []
    async with Host({"echo": Echo(), "a": Layer("a", seen, only="other")}) as host:
        await host.call("echo")
    assert seen == []


async def test_an_unknown_tool_is_named_with_the_nearest():
    async with Host([Echo()]) as host:
        with pytest.raises(UnknownTool, match="did you mean 'echo'"):
            await host.call("ecko")


class Odd(BaseException):
    pass


@pytest.mark.parametrize("tool", ["echo", "blocking"])
@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        KeyboardInterrupt(),
        GeneratorExit(),
        Odd("odd"),
        RecursionError(),
        MemoryError(),
        StopIteration(),
        StopAsyncIteration(),
        asyncio.CancelledError(),
        ValueError("secret"),
        BaseExceptionGroup("many", [Odd(), SystemExit()]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_nothing_that_a_tool_raises_leaves_the_host(error: BaseException, tool: str):
    async with Host([Echo(raises=error)]) as host:
        with pytest.raises(Crash, match=f"{tool} failed unexpectedly") as caught:
            await host.call(tool)
    assert "secret" not in str(caught.value)


async def test_our_error_in_a_group_of_one_is_our_error():
    async with Host([Echo(raises=ExceptionGroup("one", [ExceptionGroup("one", [Refused("no")])]))]) as host:
        with pytest.raises(Refused, match="no"):
            await host.call("echo")


async def test_the_log_says_what_and_where_under_the_reference_but_not_in_the_words_of_the_exception(
    caplog: pytest.LogCaptureFixture,
):
    async with Host([Echo(raises=ValueError("ann@example.com"))]) as host:
        with pytest.raises(Crash) as caught:
            await host.call("echo")
    assert caught.value.reference in caplog.text
    assert "ValueError" in caplog.text
    assert "in echo" in caplog.text
    assert "ann@example.com" not in caplog.text


class Slow:
    def __init__(self) -> None:
        self.ended = False

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.wait)]

    async def wait(self) -> str:
        try:
            await anyio.sleep_forever()
        finally:
            self.ended = True
        return ""


async def test_a_real_cancellation_passes_through():
    slow = Slow()
    async with Host([slow]) as host:
        with anyio.move_on_after(0.01) as scope:
            await host.call("wait")
    assert scope.cancelled_caught
    assert slow.ended


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_cancellation_by_asyncio_itself_passes_through():
    slow = Slow()
    async with Host([slow]) as host:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(host.call("wait"), 0.01)
    assert slow.ended


@pytest.mark.parametrize("answer", [None, "text", 3, {"content": []}])
async def test_a_layer_that_answers_nonsense_fails_the_call(answer: Any):
    class Nonsense:
        @hookimpl
        def middleware(self) -> Any:
            async def layer(call: ToolCall, call_next: CallNext) -> Any:
                return answer

            return layer

    async with Host([Echo(), Nonsense()]) as host:
        with pytest.raises(Crash):
            await host.call("echo")


@dataclass
class Held:
    name: str
    seen: list[str]
    fails: BaseException | None = None

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.use, name=f"use_{self.name}")]

    async def use(self) -> str:
        return self.name

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        self.seen.append(f"open {self.name}")
        if self.fails is not None:
            raise self.fails
        yield
        self.seen.append(f"close {self.name}")


async def test_lifespans_open_in_order_and_close_in_reverse():
    seen: list[str] = []
    async with Host({"a": Held("a", seen), "b": Held("b", seen)}):
        pass
    assert seen == ["open a", "open b", "close b", "close a"]


@pytest.mark.parametrize("error", [OSError("no disk"), SystemExit(1)], ids=["OSError", "SystemExit"])
async def test_a_plugin_whose_lifespan_fails_is_left_out_and_the_others_stay(error: BaseException):
    seen: list[str] = []
    async with Host({"a": Held("a", seen, error), "b": Held("b", seen)}) as host:
        assert list(host.tools) == ["use_b"]
        assert "a" in host.registry.broken
        assert (await host.call("use_b")).text == "b"


async def test_functions_that_hang_leave_the_host_its_threads(tmp_path: Path):
    enough = threading.Event()

    class Hanging:
        @hookimpl
        def tools(self) -> list[Tool]:
            return [Tool(self.hang)]

        def hang(self) -> None:
            enough.wait()

    async with Host([Hanging()]) as host, anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(host.call, "hang")
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(5):
            assert await Artefacts(tmp_path).put(b"kept")
        enough.set()


async def test_nothing_of_a_plugin_whose_lifespan_fails_is_offered():
    class Failing(Library):
        @hookimpl
        @asynccontextmanager
        async def lifespan(self) -> AsyncIterator[None]:
            raise OSError("no disk")
            yield

    async with Host({"failing": Failing()}) as host:
        assert (host.resources, host.prompts) == ([], {})


async def test_the_layer_of_a_plugin_whose_lifespan_fails_stays():
    class Guard(Held):
        @hookimpl
        def middleware(self) -> Middleware:
            return self.refuse

        async def refuse(self, call: ToolCall, call_next: CallNext) -> ToolResult:
            raise Refused("nothing can be checked")

    seen: list[str] = []
    async with Host({"guard": Guard("a", seen, OSError("no disk")), "b": Held("b", seen)}) as host:
        with pytest.raises(Refused):
            await host.call("use_b")


async def test_a_host_that_is_cancelled_while_it_opens_leaves_nothing_open():
    seen: list[str] = []

    class Slow:
        @hookimpl
        @asynccontextmanager
        async def lifespan(self) -> AsyncIterator[None]:
            try:
                await anyio.sleep_forever()
                yield
            finally:
                seen.append("slow has ended")

    with anyio.move_on_after(0.01) as scope:
        async with Host([Held("a", seen), Slow()]):
            pytest.fail("it cannot have opened")
    assert scope.cancelled_caught
    assert seen == ["open a", "slow has ended"]


async def test_a_host_may_be_opened_again():
    seen: list[str] = []
    host = Host([Held("a", seen)])
    for _ in range(2):
        async with host:
            assert (await host.call("use_a")).text == "a"
    assert seen == ["open a", "close a"] * 2


class Library:
    @hookimpl
    def resources(self) -> list[Resource]:
        return [
            Resource("lib://index", self.index, mime_type="text/plain"),
            Resource("lib://book/{name}/page/{page}", self.page),
        ]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.review)]

    async def index(self) -> str:
        """All books."""
        return "emma"

    async def page(self, name: str, page: int) -> dict[str, Any]:
        return {"name": name, "page": page}

    async def review(self, book: str) -> str:
        """Ask for a review."""
        return f"Review {book}"


async def test_resources_are_read_through_the_same_layers():
    seen: list[str] = []

    class Seen(Layer):
        async def __call__(self, call: ToolCall, call_next: CallNext) -> ToolResult:
            seen.append(call.tool.name)
            return await call_next(call)

    async with Host({"seen": Seen("seen"), "library": Library()}) as host:
        assert (await host.read("lib://index"))[1].text == "emma"
        assert (await host.read("lib://book/emma/page/3"))[1].structured == {"name": "emma", "page": 3}
        assert (await host.prompt("review", {"book": "emma"})).text == "Review emma"
    assert seen == ["index", "page", "review"]


@pytest.mark.parametrize("uri", ["lib://book/emma", "lib://book/a/b/page/1", "lib://index/", "x"])
async def test_an_unknown_resource_is_an_error(uri: str):
    async with Host([Library()]) as host:
        with pytest.raises(UnknownTool, match="unknown resource"):
            await host.read(uri)


async def test_a_template_whose_function_takes_other_names_leaves_its_plugin_out():
    class Wrong:
        @hookimpl
        def resources(self) -> list[Resource]:
            return [Resource("x://{name}", self.read)]

        async def read(self, nam: str) -> str:
            return nam

    host = Host({"wrong": Wrong()})
    assert "names ['name'], its function takes ['nam']" in host.registry.broken["wrong"]


async def test_a_hidden_tool_is_unknown():
    async with Host([Echo()], hidden=["echo"]) as host:
        with pytest.raises(UnknownTool):
            await host.call("echo")


async def test_errors_of_ours_reach_the_caller_as_they_are():
    error = ToolError("did not work")
    async with Host([Echo(raises=error)]) as host:
        with pytest.raises(ToolError, match="did not work") as caught:
            await host.call("echo", context=Context())
    assert caught.value is error


async def test_a_host_does_not_open_without_what_it_requires():
    seen: list[str] = []
    plugins = {"a": Held("a", seen), "b": Held("b", seen, OSError("no disk"))}
    with pytest.raises(PluginError, match="plugin 'b' is required and does not start: OSError: no disk"):
        async with Host(plugins, required=["b"]):
            pass
    assert seen == ["open a", "open b", "close a"]


async def test_a_plugin_that_never_opens_is_left_out(monkeypatch: pytest.MonkeyPatch):
    class Never:
        @hookimpl
        @asynccontextmanager
        async def lifespan(self) -> AsyncIterator[None]:
            await anyio.sleep_forever()
            yield

    monkeypatch.setattr("toolpost.lifespans.OPENING", 0.01)
    async with Host({"never": Never(), "echo": Echo()}) as host:
        assert "does not open" in host.registry.broken["never"]
        assert (await host.call("echo", {"text": "x"})).text == "x"
