"""What a plugin's process writes on stderr is in the log of the host, an event as one event, and all of it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from toolpost import Crash
from toolpost.isolation.stderr import ToHost

pytestmark = pytest.mark.anyio


async def test_the_account_of_a_crash_is_one_event_and_there_before_the_host_has_ended(
    assembled: Any, caplog: pytest.LogCaptureFixture
):
    async with assembled("hostile") as host:
        with pytest.raises(Crash) as crash:
            await host.call("raises", {"kind": "ValueError"})
    found = [one for one in caplog.records if crash.value.reference in one.getMessage()]
    assert [one.levelno for one in found] == [logging.ERROR]
    first, *account = found[0].getMessage().split("\n")
    assert first.endswith(f"call {crash.value.reference}: raises crashed")
    assert any("hostile_plugins.py" in line for line in account)


def test_an_event_is_one_line_without_the_text_of_its_exception():
    try:
        raise ValueError("canary")
    except ValueError as error:
        raised = (ValueError, error, error.__traceback__)
    line = ToHost().format(logging.LogRecord("oven", logging.ERROR, "x.py", 1, "it is\noff", None, raised))
    assert "\n" not in line
    assert line.startswith("<3>oven: it is\x1eoff\x1ebuiltins.ValueError\x1e")
    assert "canary" not in line
