"""A plugin that takes for ever to start is left out, and the others start."""

import time
from contextlib import suppress

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


def test_an_except_that_swallows_the_end_is_told_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(patience, "AGAIN", 0.05)

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
