"""What a server was told in confidence is shown to nobody, whatever it does with it."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest
from hosting import hosting, plugin_of, until

from toolpost.errors import ToolError

pytestmark = pytest.mark.anyio
SECRET = "sesame-open-now"
# Says its secret on stderr where a line is cut, and in the error that it answers calls with.
TELLTALE = """
import json, os, sys
KEY = os.environ["KEY"]
print("x" * 1990 + KEY, file=sys.stderr, flush=True)
for line in sys.stdin:
    message = json.loads(line)
    number, method = message.get("id"), message.get("method")
    if method == "initialize":
        answer = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "t"}}
    elif method == "tools/list":
        answer = {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
    else:
        answer = None
    body = {"result": answer} if answer else {"error": {"code": -32000, "message": "no such key: " + KEY}}
    if number is not None:
        print(json.dumps({"jsonrpc": "2.0", "id": number, **body}), flush=True)
"""


def telltale(**more: Any) -> dict[str, Any]:
    return {"command": sys.executable, "args": ["-c", TELLTALE], "env": {"KEY": SECRET}, "start_timeout": 20, **more}


async def test_an_error_of_a_call_has_no_secret_of_the_server() -> None:
    async with hosting({"one": telltale(era="handshake")}) as host:
        with pytest.raises(ToolError, match=r"no such key: \*\*\*"):
            await host.call("one_echo")


async def test_a_line_of_stderr_is_cut_when_the_secret_is_out_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "toolpost.upstream"):
        async with hosting({"one": telltale(era="handshake")}):
            await until(lambda: "xxx" in caplog.text)
    assert "x***" in caplog.text
    assert SECRET[:4] not in caplog.text


async def test_why_a_server_is_down_has_no_secret_either() -> None:
    async with hosting({"one": telltale(era="stateless")}, retry=60) as host:
        (status,) = plugin_of(host).status()
        assert "no such key: ***" in status.sentence
