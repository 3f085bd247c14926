"""A server that renames its tools without end fills neither the pins nor the memory."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from toolpost import Tool
from toolpost.middleware.injection import newcomers
from toolpost.middleware.injection.pins import Pins
from toolpost.middleware.injection.review import Review


class Nobody:
    def trusts(self, tool: Tool) -> bool:
        return False


def tool(name: str, provider: str) -> Tool:
    def call() -> None:
        """Do nothing."""

    return Tool(call, name=name, plugin="upstream", provider=provider)


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Review:
    monkeypatch.setattr(newcomers, "TOOLS", 3)
    trust: Any = Nobody()
    return Review(Pins(tmp_path), trust, (), refuses=False)


def test_tools_beyond_the_bound_are_withheld_and_said_once(review: Review, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "toolpost.injection"):
        shown = [review.offered(tool(f"t{number}", "upstream bad")) is not None for number in range(9)]
    assert shown == [True] * 3 + [False] * 6
    assert caplog.text.count("upstream bad names ever more tools") == 1
    assert review.pins is not None
    assert len(review.pins.unsaved) == 3
    assert review.withheld == {}


def test_what_was_pinned_stays_and_other_servers_have_their_own_bound(review: Review) -> None:
    for number in range(9):
        review.offered(tool(f"t{number}", "upstream bad"))
    assert review.offered(tool("t0", "upstream bad")) is not None
    assert review.offered(tool("mine", "upstream good")) is not None


def test_long_definitions_count_by_their_length(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newcomers, "WORDS", 10)
    assert review.offered(tool("a", "upstream bad")) is not None
    assert review.offered(tool("b", "upstream bad")) is None
