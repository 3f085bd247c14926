"""One plugin's mistake stays its own: in the lists, in the log, and after the answer."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading

import pytest
from mcp import Client

from toolpost import Host, Tool, hookimpl
from toolpost.config.load import load
from toolpost.logs import log_to_stderr
from toolpost.logs.formats import Text
from toolpost.logs.redaction import Redaction
from toolpost.server.loop import options
from toolpost.server.mcp import mcp_server

SECRET = "hunter2-in-a-text"


class Mixed:
    @hookimpl
    def tools(self):
        yield Tool(self.fine)
        for number, schema in enumerate(({"$ref": "#/$defs/x"}, {"type": "array"}, {"type": "nonsense"})):
            yield Tool(self.raw, name=f"raw_{number}", input_schema=schema)

    async def fine(self) -> str:
        """Fine."""
        return "fine"

    async def raw(self, arguments: dict[str, object]) -> str:
        return ""


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_schema_that_mcp_forbids_takes_no_other_tool_off_the_list(mode: str):
    async with Host([Mixed()]) as host, Client(mcp_server(host), mode=mode) as client:
        listed = await client.list_tools()
    assert "fine" in [tool.name for tool in listed.tools]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    log_to_stderr(load())
    yield lambda: "\n".join(map(Text(Redaction(load())).format, caplog.records))
    logging.captureWarnings(False)


def fail() -> None:
    raise ValueError(SECRET)


def test_a_thread_that_fails_is_named_without_its_text(logged, caplog: pytest.LogCaptureFixture):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "ValueError" in logged()
    assert SECRET not in logged()


def test_a_task_that_fails_is_named_without_its_text(logged):
    async def main() -> None:
        asyncio.get_running_loop().call_soon(fail)
        await asyncio.sleep(0.01)

    with asyncio.Runner(**options("asyncio")) as runner:
        runner.run(main())
    assert "ValueError" in logged()
    assert SECRET not in logged()


def test_a_logged_exception_has_its_place_and_not_its_text(logged):
    try:
        fail()
    except ValueError:
        logging.getLogger("plugin").exception("it failed")
    assert "in fail" in logged()
    assert SECRET not in logged()


def test_what_is_printed_at_the_end_of_the_process_is_no_answer():
    code = "import atexit, toolpost.__main__ as m; atexit.register(print, 'noise'); m.main()"
    done = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout
    assert "noise" not in done.stdout
    assert "noise" in done.stderr
