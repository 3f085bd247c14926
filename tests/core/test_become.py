"""A host becomes another while calls are under way: none is dropped, and what they stand on stays open."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
import pytest

from toolpost import Host, PluginError, Tool, UnknownTool, hookimpl
from toolpost.changes import Change, Changes


@dataclass
class Desk:
    """A plugin that answers only while it is open."""

    word: str = "old"
    log: list[str] = field(default_factory=list)
    go: anyio.Event = field(default_factory=anyio.Event)
    fails: bool = False

    @hookimpl
    def tools(self):
        return [Tool(self.answer), Tool(self.wait), Tool(self.answer, name=f"only_{self.word}")]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        if self.fails:
            raise OSError("no")
        self.log.append(f"{self.word} opens")
        yield
        self.log.append(f"{self.word} closes")

    async def answer(self) -> str:
        """Answer."""
        return self.word

    async def wait(self) -> str:
        """Wait."""
        self.log.append(f"{self.word} waits")
        await self.go.wait()
        self.log.append(f"{self.word} ends")
        return self.word


async def until(log: list[str], line: str) -> None:
    with anyio.fail_after(10):
        while line not in log:
            await anyio.lowlevel.checkpoint()


async def test_new_calls_are_answered_by_the_new_and_old_ones_by_the_old():
    log: list[str] = []
    old, new = Desk("old", log), Desk("new", log)
    answers = []

    async def call():
        answers.append((await host.call("wait")).text)

    async with Host({"desk": old}) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await until(log, "old waits")
        await host.become(Host({"desk": new}, changes=host.changes))
        assert (await host.call("answer")).text == "new"
        with pytest.raises(UnknownTool):
            await host.call("only_old")
        assert "old closes" not in log
        old.go.set()
        await until(log, "old closes")
        assert answers == ["old"]
    assert log == ["old opens", "old waits", "new opens", "old ends", "old closes", "new closes"]


async def test_what_is_kept_stays_open():
    log: list[str] = []
    desk = Desk("old", log)
    async with Host({"desk": desk}) as host:
        await host.become(Host({"desk": desk}, changes=host.changes), kept={"desk"})
        assert log == ["old opens"]
        assert (await host.call("answer")).text == "old"
    assert log == ["old opens", "old closes"]


async def test_clients_are_told_what_changed():
    async with Host({"desk": Desk()}) as host:
        with host.changes.subscribed() as subscription:
            await host.become(Host({"desk": Desk("new")}, changes=host.changes))
            with anyio.fail_after(5):
                async for change in subscription:
                    assert change == Change("tools")
                    break


async def test_one_that_must_start_and_does_not_leaves_all_as_it_was():
    log: list[str] = []
    async with Host({"desk": Desk("old", log)}) as host:
        bad = Host({"desk": Desk("new", log), "more": Desk("more", log, fails=True)}, required=["more"])
        with pytest.raises(PluginError, match="more"):
            await host.become(bad)
        assert (await host.call("answer")).text == "old"
    assert log == ["old opens", "new opens", "new closes", "old closes"]


async def test_one_that_need_not_start_is_left_out():
    async with Host({"desk": Desk("old")}) as host:
        await host.become(Host({"desk": Desk("new"), "more": Desk("more", fails=True)}, changes=host.changes))
        assert "only_more" not in host.tools
        assert (await host.call("answer")).text == "new"


def changed(host: Host, plugins: dict[str, object], **given) -> Host:
    return Host(plugins, changes=host.changes, **given)


async def test_what_an_old_call_stands_on_stays_open_however_often_the_host_changes():
    log: list[str] = []
    old = Desk("old", log)

    async with Host({"desk": old}) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "wait")
        await until(log, "old waits")
        await host.become(changed(host, {"desk": Desk("new", log)}))
        await host.become(changed(host, {"desk": Desk("newest", log)}))
        await until(log, "new closes")
        assert "old closes" not in log
        old.go.set()
        await until(log, "old closes")
    assert log.index("old ends") < log.index("old closes")


async def test_what_two_generations_kept_stays_open_for_the_calls_of_the_first():
    log: list[str] = []
    kept = Desk("kept", log)
    async with Host({"desk": kept}) as host, anyio.create_task_group() as tasks:
        tasks.start_soon(host.call, "wait")
        await until(log, "kept waits")
        await host.become(changed(host, {"desk": kept}), kept={"desk"})
        await host.become(changed(host, {"desk": Desk("new", log)}))
        assert "kept closes" not in log
        kept.go.set()
        await until(log, "kept closes")
    assert log.index("kept ends") < log.index("kept closes")


class Falls(Desk):
    """Its lifespan fails while it is open."""

    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.fall)
            yield

    async def fall(self) -> None:
        await self.go.wait()
        raise OSError("fell")


async def test_a_kept_plugin_that_fails_later_is_left_out_of_what_there_is_now():
    desk = Falls("old")
    async with Host({"desk": desk}) as host:
        await host.become(changed(host, {"desk": desk}), kept={"desk"})
        assert "answer" in host.tools
        desk.go.set()
        with anyio.fail_after(10):
            while host.tools:
                await anyio.lowlevel.checkpoint()
        assert "desk" in host.registry.broken


async def test_a_cancelled_opening_leaves_nothing_open():
    log: list[str] = []

    class Slow(Desk):
        @hookimpl
        @asynccontextmanager
        async def lifespan(self):
            try:
                await anyio.sleep_forever()
                yield
            finally:
                self.log.append("slow ends")

    async with Host({"desk": Desk("old", log)}) as host:
        other = changed(host, {"first": Desk("first", log), "slow": Slow("slow", log)})
        with anyio.move_on_after(0.05):
            await host.become(other)
        await until(log, "slow ends")
        await until(log, "first closes")
        assert (await host.call("answer")).text == "old"


@dataclass
class Later:
    """A plugin whose tools come as it is opened."""

    changes: Changes
    name: str = "late"
    known: bool = False

    @hookimpl
    def tools(self):
        return [Tool(self.answer, name=self.name)] if self.known else []

    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        self.known = True
        await self.changes.tools(self)
        yield

    async def answer(self) -> str:
        """Answer."""
        return self.name


async def test_tools_that_come_as_the_new_is_opened_are_there():
    changes = Changes()
    async with Host([Later(changes, "before")], changes=changes) as host:
        assert list(host.tools) == ["before"]
        await host.become(Host([Later(changes, "after")]))
        assert list(host.tools) == ["after"]
        assert (await host.call("after")).text == "after"
