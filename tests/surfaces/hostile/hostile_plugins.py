"""Plugins that do everything wrong. The folder is a distribution as it is: put it on PYTHONPATH."""

from __future__ import annotations

import asyncio
import base64
import builtins
import itertools
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import anyio
import mcp_types
from pydantic import BeforeValidator, Field

from toolpost import Audio, Context, Embedded, Image, Link, Prompt, Resource, Tool, ToolError, ToolResult, hookimpl

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Rude(BaseException):
    """None of Python's own."""


def exception(kind: str) -> BaseException:
    """A fresh exception of a kind that is known to end servers."""
    match kind:
        case "CancelledError":
            return asyncio.CancelledError()
        case "anyio":
            # trio has no way to make one by hand; its class is private.
            cancelled = anyio.get_cancelled_exc_class()
            return cancelled() if cancelled is asyncio.CancelledError else cancelled._create(source="unknown")
        case "Rude":
            return Rude("rude")
        case "ExceptionGroup":
            return ExceptionGroup("two", [ValueError("one"), KeyError("two")])
        case "BaseExceptionGroup":
            return BaseExceptionGroup("worse", [SystemExit(3), KeyboardInterrupt()])
        case "surrogate":
            return ToolError("\ud800")
        case "ToolError":
            return ToolError("said so")
    return getattr(builtins, kind)("hostile")


KINDS = (
    "SystemExit",
    "KeyboardInterrupt",
    "Rude",
    "GeneratorExit",
    "CancelledError",
    "anyio",
    "RecursionError",
    "MemoryError",
    "StopIteration",
    "StopAsyncIteration",
    "ExceptionGroup",
    "BaseExceptionGroup",
    "ValueError",
)


def cycle() -> Any:
    loop: dict[str, Any] = {}
    loop["self"] = [loop]
    return loop


def deep() -> Any:
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    return value


class Unlike:
    """An object that looks like a block and is none."""

    type = "text"
    text = "hello"
    annotations = meta = None


ANSWERS: dict[str, Any] = {
    "none": lambda: None,
    "bytes": lambda: b"\xff\x00",
    "nan": lambda: float("nan"),
    "infinity": lambda: {"deep": [float("-inf")]},
    "set": lambda: {1, 2},
    "object": lambda: object(),
    "class": lambda: Unlike,
    "cycle": cycle,
    "deep": deep,
    "surrogate": lambda: "\ud800",
    "surrogate in data": lambda: {"a": "\udfff"},
    "generator": lambda: (n for n in range(3)),
    "coroutine function": lambda: exception,
    "big": lambda: "x" * 100_000_000,
    "big data": lambda: {"x": ["y" * 1_000_000] * 100},
    "block": lambda: ToolResult((Unlike(),)),  # type: ignore[arg-type]
    "no tuple": lambda: ToolResult(5),  # type: ignore[arg-type]
    "text for content": lambda: ToolResult("text"),  # type: ignore[arg-type]
    "none in content": lambda: ToolResult((None,)),  # type: ignore[arg-type]
    "surrogate block": lambda: ToolResult((mcp_types.TextContent(type="text", text="\ud800"),)),
    "surrogate uri": lambda: ToolResult.of(Link("file:///\ud800")),
    "surrogate embedded": lambda: Embedded("file:///x", "\ud800"),
    "nan structured": lambda: ToolResult(structured={"n": float("nan")}),
    "cyclic structured": lambda: ToolResult(structured=cycle()),
    "object structured": lambda: ToolResult(structured={"o": object()}),
    "nan meta": lambda: ToolResult(meta={"n": float("nan")}),
    "cyclic meta": lambda: ToolResult(meta=cycle()),
    "object meta": lambda: ToolResult(meta={"o": object()}),
    "surrogate meta": lambda: ToolResult(meta={"o": "\ud800"}),
    "no meta": lambda: ToolResult(meta=5),  # type: ignore[arg-type]
    "number keys": lambda: ToolResult(meta={5: 6}),  # type: ignore[dict-item]
    "image of text": lambda: Image("no bytes"),  # type: ignore[arg-type]
    "mime type": lambda: Image(PNG, mime_type=5),  # type: ignore[arg-type]
}


def superstitious(number: Any) -> Any:
    """A type that crashes."""
    if number == -13:
        raise LookupError("hostile")
    return number


@dataclass
class Hostile:
    """Tools that raise, return and do what they should not."""

    @hookimpl
    def tools(self) -> list[Tool]:
        mine = [
            self.echo, self.raises, self.raises_sync, self.child_raises, self.background_raises, self.from_thread,
            self.answers, self.cancels_itself, self.fails_in_words, self.asks, self.asks_sync, self.asks_twice,
            self.asks_in_group, self.waits, self.waits_stubbornly, self.blocks_loop, self.busy_thread, self.spawns,
            self.loud, self.counts, self.counts_wrongly, self.large, self.media, self.cancelled_so_far, self.who,
            self.raw_error, self.waits_plainly, self.rests, self.waiting, self.asks_together, self.remembers_once,
            self.serves,
        ]  # fmt: skip
        raw = Tool(self.anything, input_schema={"type": "object"}, output_schema={"type": "object", "required": ["a"]})
        return [*map(Tool, mine), raw]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [
            Resource("hostile://text", self.text, mime_type="text/plain"),
            Resource("hostile://raises/{kind}", self.raises_resource),
            Resource("hostile://answers/{kind}", self.answers_resource),
            Resource("hostile://says/{what}", self.says),
            Resource("hostile://nothing/{kind}", self.reads_nothing),
            Resource("hostile://pages/{number}", self.page),
            Resource("hostile://blob", self.blob, mime_type="image/png"),
        ]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.raises_prompt), Prompt(self.review)]

    def __post_init__(self) -> None:
        self.cancelled: list[str] = []
        self.running: list[str] = []

    async def echo(self, text: str = "") -> str:
        """Say it back."""
        return text

    async def raises(self, kind: str) -> str:
        raise exception(kind)

    def raises_sync(self, kind: str) -> str:
        raise exception(kind) if kind != "anyio" else asyncio.CancelledError()

    async def child_raises(self, kind: str) -> str:
        async def child() -> None:
            raise exception(kind)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(child)
            # A group swallows a cancellation that a child raises by itself.
            if kind not in ("CancelledError", "anyio"):
                await anyio.sleep_forever()
        raise ValueError("the group ended")

    async def background_raises(self, kind: str) -> str:
        """Leave a task behind that raises, where there is a loop that lets one."""
        if anyio.get_cancelled_exc_class() is not asyncio.CancelledError:
            return "no such tasks here"

        async def child() -> None:
            raise exception(kind)

        self.kept = asyncio.get_running_loop().create_task(child())
        await asyncio.wait([self.kept])
        return "left behind"

    def from_thread(self, kind: str) -> str:
        def raise_it() -> None:
            raise exception(kind)

        anyio.from_thread.run_sync(raise_it)
        return ""

    async def cancels_itself(self) -> str:
        if anyio.get_cancelled_exc_class() is not asyncio.CancelledError:
            raise ValueError("no such thing here")
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await anyio.sleep_forever()
        return ""

    async def answers(self, kind: str) -> Any:
        return ANSWERS[kind]()

    async def anything(self, arguments: dict[str, Any]) -> Any:
        return arguments

    async def fails_in_words(self, text: str, meta: str = "") -> str:
        error = ToolError(text)
        if meta:
            error.meta = ANSWERS[meta]().meta
        raise error

    async def raw_error(self, text: str) -> str:
        raise ValueError(text)

    async def asks(self, context: Context) -> str:
        return "yes" if await context.ask("Really?", bool) else "no"

    def asks_sync(self, context: Context) -> str:
        return "yes" if context.blocking.ask("Really?", bool) else "no"

    async def asks_twice(self, context: Context, topic: str = "") -> str:
        first = await context.ask(f"First {topic}?", bool)
        second = await context.ask(f"Second {topic}?", bool)
        return f"{first} {second}"

    async def asks_in_group(self, context: Context) -> str:
        answers: list[bool] = []

        async def ask() -> None:
            answers.append(await context.ask("Really?", bool))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
        return str(answers)

    async def asks_together(self, context: Context) -> str:
        this, that = await context.together(context.ask("This?", bool), context.ask("That?", bool))
        return f"{this} {that}"

    async def remembers_once(self, context: Context) -> str:
        self.worked = getattr(self, "worked", 0)

        async def work() -> int:
            self.worked += 1
            return self.worked

        await context.once("work", work)
        await context.ask("And?", bool)
        return f"worked {self.worked} times"

    async def waits(self, context: Context, name: str = "") -> str:
        """Wait for ever, and remember if it was cancelled."""
        self.running.append(name)
        await context.progress(1, 2, "waiting")
        try:
            await anyio.sleep_forever()
        except BaseException as error:
            self.cancelled.append(f"{name}:{type(error).__name__}")
            raise

    async def waits_plainly(self, name: str) -> str:
        """As `waits`, without knowing of its surroundings."""
        self.running.append(name)
        try:
            await anyio.sleep_forever()
        except BaseException as error:
            self.cancelled.append(f"{name}:{type(error).__name__}")
            raise

    async def rests(self, seconds: float) -> str:
        self.running.append("resting")
        await anyio.sleep(seconds)
        return "rested"

    async def waiting(self) -> list[str]:
        return self.running

    async def waits_stubbornly(self, context: Context, seconds: float) -> str:
        with anyio.CancelScope(shield=True):
            await context.progress(1)
            await anyio.sleep(seconds)
        return "done"

    async def cancelled_so_far(self) -> list[str]:
        return self.cancelled

    async def blocks_loop(self, context: Context, seconds: float) -> str:
        await context.progress(1)
        time.sleep(seconds)
        return "done"

    def busy_thread(self, context: Context) -> str:
        context.blocking.progress(1)
        for _ in itertools.count():
            time.sleep(0.01)
        return ""

    async def spawns(self, context: Context) -> str:
        """Start a child and a child of that, both of which would stay."""
        code = "import subprocess,sys; p=subprocess.Popen(['sleep','1000']); print(p.pid,flush=True); p.wait()"
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        return f"{child.pid} {child.stdout.readline().strip()}"

    async def loud(self) -> str:
        print("print in a call")
        print("past everything", file=sys.__stdout__, flush=True)
        os.write(1, b"descriptor one\n")
        subprocess.run(["echo", "from a child"], check=True)
        subprocess.run(["sh", "-c", "echo from a shell; cat"], check=True)
        return sys.stdin.read() or "quiet"

    async def counts(self, context: Context, to: int) -> int:
        for done in range(to):
            await context.progress(done + 1, to, f"step {done + 1}")
        return to

    async def serves(self, people: Annotated[int, Field(ge=1), BeforeValidator(superstitious)]) -> int:
        return people

    async def counts_wrongly(self, context: Context, kind: str) -> str:
        match kind:
            case "nan total":
                await context.progress(1, float("nan"))
            case "surrogate":
                await context.progress(1, None, "\ud800")
        return "counted"

    async def large(self, size: int) -> str:
        return "x" * size

    async def media(self) -> list[Any]:
        return [
            "a caption", Image(PNG), Audio(b"RIFF"), Link("file:///x.txt", "x"), Embedded("file:///y.txt", "why"),
            Embedded("file:///z.bin", b"\0\1"),
        ]  # fmt: skip

    async def who(self, context: Context) -> dict[str, Any]:
        return {"client": context.client.name, "era": context.client.era, "surface": context.surface,
                "principal": context.principal, "scopes": sorted(context.scopes)}  # fmt: skip

    async def text(self) -> str:
        return "a text to read"

    async def reads_nothing(self, kind: Literal["text", "bytes"]) -> str | bytes:
        return "" if kind == "text" else b""

    async def page(self, number: Annotated[int, Field(ge=1)]) -> str:
        return f"page {number}"

    async def blob(self) -> Image:
        return Image(PNG)

    async def says(self, what: str) -> str:
        return what

    async def raises_resource(self, kind: str) -> str:
        raise exception(kind)

    async def answers_resource(self, kind: str) -> Any:
        return ANSWERS[kind]()

    async def raises_prompt(self, kind: str) -> str:
        raise exception(kind)

    async def review(self, language: str, style: str = "kind") -> str:
        """Ask for a review."""
        return f"Review this {language}, and be {style}."


@dataclass
class Guard:
    """A layer that raises or answers what the argument `layer` says, and a lifespan with a task that fails."""

    lifespan_raises: str = ""

    @hookimpl
    def middleware(self) -> Any:
        return self.guard

    async def guard(self, call: Any, call_next: Any) -> Any:
        said = call.arguments.get("text", "") if call.tool.name == "echo" else ""
        if said.startswith("layer raises "):
            raise exception(said.removeprefix("layer raises "))
        if said.startswith("layer answers "):
            return ANSWERS[said.removeprefix("layer answers ")]()
        return await call_next(call)


@dataclass
class Broken:
    """A plugin with one hook that raises, at once or where it is used."""

    hook: str = "tools"
    kind: str = "SystemExit"
    late: bool = False
    entered: list[str] = field(default_factory=list)

    @hookimpl
    def tools(self) -> Any:
        return self._fail("tools") or [Tool(self.fine)]

    async def fine(self) -> str:
        return "fine"

    @hookimpl
    def middleware(self) -> Any:
        return self._fail("middleware")

    @hookimpl
    def resources(self) -> Any:
        return self._fail("resources") or []

    @hookimpl
    def prompts(self) -> Any:
        return self._fail("prompts") or []

    @hookimpl
    def lifespan(self) -> Any:
        return self._fail("lifespan") or self._span()

    @asynccontextmanager
    async def _span(self) -> Any:
        if self.hook == "enter":
            raise exception(self.kind)
        if self.hook == "background":
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._raise)
                yield
        else:
            yield
        if self.hook == "exit":
            raise exception(self.kind)

    async def _raise(self) -> None:
        raise exception(self.kind)

    def _fail(self, hook: str) -> Any:
        if hook != self.hook:
            return None
        if self.late:
            return (Tool(self.fine) for _ in [self._now()])
        self._now()
        return None

    def _now(self) -> None:
        raise exception(self.kind)
