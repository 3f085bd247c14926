"""A plugin that takes for ever to start is left out, and the others start."""

import sys
import threading
import time
from contextlib import asynccontextmanager, suppress

import anyio
import pytest

from toolpost import Host, PluginError, Tool, hookimpl
from toolpost.plugins import patience
from toolpost.plugins.patience import bounded


class Sleeper:
    @hookimpl
    def tools(self):
        time.sleep(60)


class Fine:
    @hookimpl
    def tools(self):
        return [Tool(self.hello)]

    async def hello(self) -> str:
        """Say hello."""
        return "hello"


def test_what_sleeps_is_ended():
    with pytest.raises(PluginError, match=r"the import took longer than 0\.05 s"), bounded("the import", 0.05):
        time.sleep(60)


@pytest.mark.parametrize("again", [0.05, 0.001])
def test_an_except_that_swallows_the_end_is_told_again(monkeypatch: pytest.MonkeyPatch, again: float):
    monkeypatch.setattr(patience, "AGAIN", again)

    def swallow() -> None:
        with suppress(PluginError):
            time.sleep(60)
        time.sleep(60)

    with pytest.raises(PluginError), bounded("the import", 0.05):
        swallow()


def test_what_is_quick_runs_through_and_is_not_ended_later():
    with bounded("the import", 0.05):
        pass
    time.sleep(0.1)


def test_a_plugin_whose_hook_sleeps_is_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "LONGEST", 0.05)
    host = Host({"sleeper": Sleeper(), "fine": Fine()})
    assert list(host.tools) == ["hello"]
    assert "took longer" in host.registry.broken["sleeper"]


def test_what_swallows_every_end_is_ended_in_its_own_except(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "AGAIN", 0.05)

    def stubborn() -> None:
        while True:
            try:
                time.sleep(60)
            except BaseException:  # noqa: S110 - this is what it must not get away with
                pass

    with pytest.raises(PluginError, match="took longer"), bounded("the import", 0.05):
        stubborn()
    assert sys.gettrace() is None


def test_beside_the_main_thread_what_spins_is_ended():
    caught: list[BaseException] = []

    def spin() -> None:
        try:
            with bounded("the hook", 0.05):
                while True:
                    pass
        except PluginError as error:
            caught.append(error)

    thread = threading.Thread(target=spin)
    thread.start()
    thread.join(30)
    assert [str(error) for error in caught] == ["the hook took longer than 0.05 s"]


def test_beside_the_main_thread_what_is_quick_runs_through():
    answers: list[object] = []

    def quick() -> None:
        with bounded("the hook", 0.05):
            answers.append(1)
        with suppress(ValueError), bounded("the hook", 30):
            raise ValueError
        answers.append(2)

    thread = threading.Thread(target=quick)
    thread.start()
    thread.join(30)
    assert answers == [1, 2]


class Blocking:
    def __init__(self, seconds: float = 60.0) -> None:
        self.seconds = seconds

    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        time.sleep(self.seconds)
        yield

    @hookimpl
    def tools(self):
        return [Tool(self.unreached)]

    async def unreached(self) -> str:
        """Never answer."""
        return ""


@pytest.mark.anyio
async def test_a_lifespan_that_blocks_the_loop_is_ended_and_others_open(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "LONGEST", 0.05)
    monkeypatch.setattr(patience, "AGAIN", 0.05)
    async with Host({"blocking": Blocking(), "fine": Fine()}) as host:
        assert list(host.tools) == ["hello"]
        assert (await host.call("hello")).text == "hello"
        assert "opening what it holds took longer" in host.registry.broken["blocking"]


@pytest.mark.anyio
async def test_who_runs_while_a_late_one_awaits_is_not_interrupted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "AGAIN", 0.01)
    done = []

    async def awaits() -> None:
        with bounded("awaiting", 0.02):
            await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(awaits)
        await anyio.lowlevel.checkpoint()
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            done.append(1)
        tasks.cancel_scope.cancel()
    assert done
