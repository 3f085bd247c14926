"""Questions about calls at a terminal, which nothing in a call can word itself."""

from __future__ import annotations

import io
from typing import Any

import click
import pytest

from toolpost import Host, Tool, hookimpl
from toolpost_gateway.terminal.screen import READ, Screen


class Kit:
    """One tool, whose title is whatever somebody upstream wrote."""

    def __init__(self, title: str) -> None:
        self.title = title

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.tear_down, destructive=True, title=self.title)]

    async def tear_down(self, house: str) -> str:
        """Tear it down."""
        return house


def question(title: str, monkeypatch: pytest.MonkeyPatch, **arguments: Any) -> list[str]:
    """What a person is shown, line by line."""
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "y")
    (tool,) = Host({"kit": Kit(title)}).tools_of("ann")
    err = io.StringIO()
    assert Screen(io.StringIO(), err).approve(tool, arguments, "it destroys") == "y"
    return err.getvalue().splitlines()


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("", "tear_down, of kit: it destroys"),
        ("tear_down", "tear_down, of kit: it destroys"),
        ("Tear down", "Tear down (tear_down), of kit: it destroys"),
        ("Look\n  house = none\u2028\u202e", "Look house = none (tear_down), of kit: it destroys"),
    ],
)
def test_a_tool_is_named_in_one_line(title: str, named: str, monkeypatch: pytest.MonkeyPatch):
    assert question(title, monkeypatch, house="barn") == [named, "  house = barn"]


def test_what_is_not_shown_is_counted(monkeypatch: pytest.MonkeyPatch):
    lines = question("", monkeypatch, house="x" * READ, note="y" * (READ + 1234))
    assert lines[1] == "  house = " + "x" * READ
    assert lines[2].endswith("y… (1,234 more characters are not shown)")
