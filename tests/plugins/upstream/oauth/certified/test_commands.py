"""The commands, and toolpost as a server that takes the tokens, with an authorization server that nobody here wrote."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from toolpost.testing import Services, open_host
from toolpost_upstream import Upstream
from toolpost_upstream.oauth import LoginNeeded
from toolpost_upstream.servers.server import Server

from ..test_commands import ended
from ..test_login import asked, end_token
from .conftest import logged_in, scopes, upstream
from .guarded import Guarded, Visitor


@pytest.fixture
def command(tmp_path: Path) -> Any:
    path = tmp_path / "mine.toml"
    path.write_text("[plugins.upstream]\nwait = 8.0\n")

    def start(*words: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "toolpost", "--config", str(path), *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(line, env=dict(os.environ), cwd=tmp_path, text=True, **pipes)

    return start


def test_a_person_adds_a_server_logs_in_and_calls(site: Guarded, command: Any) -> None:
    assert ended(command("upstream", "add", "it", site.url, "--oauth"))[0] == 0
    login = command("upstream", "login", "it", "--no-browser")
    visitor = Visitor()
    anyio.run(visitor.visit, next(line.strip() for line in login.stderr if line.startswith("http")))
    assert "You are logged in" in visitor.shown
    assert ended(login) == (0, "logged in to it\n", "")
    assert ended(command("call", "it_secret"))[1] == "secret\n"
    assert set(site.callers) == {"ann"}
    assert ended(command("upstream", "remove", "it"))[0] == 0


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_toolpost_takes_the_tokens_itself(issuer: str, command: Any, services: Services, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    with (tmp_path / "mine.toml").open("a") as config:
        config.write(f'[plugins.sqlite]\ndatabase = "{tmp_path}/shop.db"\n[http.oauth]\nissuer = "{issuer}"\n')
        config.write(f'audience = "{url}"\nscopes = {{ "tools" = "call", "more" = "admin" }}\n')
    with serving(command("serve", "--http", "--port", str(port))):
        server = Server("it", "http", url=url, auth="oauth", origin="here")
        with pytest.raises(LoginNeeded):
            await asked(server, services)
        visitor = await logged_in(server, services)
        # A caller needs no more than what calls.
        assert set(scopes(visitor)) == {"tools", "offline_access"}
        async with open_host(Upstream, folder=services.folder, settings=upstream(it=url)) as host:
            assert (await host.call("it_list_tables", {})).is_error is False
        await end_token(server, services)
        assert await asked(server, services) == 200


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(process: subprocess.Popen[str]) -> Iterator[None]:
    """A server of ours, once it listens."""
    try:
        assert process.stderr is not None
        assert any(re.search("serves MCP at", line) for line in process.stderr)
        yield
    finally:
        process.kill()
        process.communicate()
