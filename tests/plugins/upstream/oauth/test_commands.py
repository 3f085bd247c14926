"""`toolpost upstream login` in a process of its own, and what the others make of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from toolpost.testing import open_host, open_services
from toolpost_upstream import Upstream

from .conftest import Site

PATIENCE = 60.0


@pytest.fixture
def run(site: Site, tmp_path: Path) -> Any:
    path = tmp_path / "mine.toml"
    path.write_text(f'[plugins.upstream]\n[plugins.upstream.servers.it]\nurl = "{site.url}"\nauth = "oauth"\n')

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "toolpost", "--config", str(path), "upstream", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=dict(os.environ), cwd=tmp_path, text=True, **pipes)

    return start


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, wrong = process.communicate(timeout=PATIENCE)
    return process.returncode, said, wrong


def visited(process: subprocess.Popen[str]) -> str:
    """Go where the person is sent; the page that the browser shows at the end."""
    assert process.stderr is not None
    address = next(line.strip() for line in process.stderr if line.startswith("http"))
    return httpx2.get(address, follow_redirects=True, trust_env=False).text


def test_a_person_logs_in_and_out(site: Site, run: Any) -> None:
    code, _, wrong = ended(run("check", "it"))
    assert (code, "run `toolpost upstream login it`" in wrong) == (1, True)
    login = run("login", "it", "--no-browser")
    assert "You are logged in" in visited(login)
    assert ended(login)[:2] == (0, "logged in to it\n")
    code, said, _ = ended(run("check", "it"))
    assert (code, "guarded" in said) == (0, True)
    assert ended(run("logout", "it"))[1] == "the login to it is forgotten\n"
    assert ended(run("check", "it"))[0] == 1


def test_a_login_that_is_refused_is_said_in_a_line(site: Site, run: Any) -> None:
    site.provider.denies = True
    login = run("login", "it", "--no-browser")
    assert "did not work" in visited(login)
    code, _, wrong = ended(login)
    assert code == 1
    assert "server 'it' refused the login: access_denied" in wrong
    assert "Traceback" not in wrong


async def test_its_tools_are_called_by_a_host(site: Site, anyio_backend: str) -> None:
    from toolpost_upstream.oauth.login import log_in

    from .test_login import person

    async with open_services() as services:
        await log_in(site.server(), services.store, person, PATIENCE)
        servers = {"it": {"url": site.url, "auth": "oauth", "start_timeout": 20.0}}
        settings = {"upstream": {"servers": servers, "wait": 8.0}}
        async with open_host(Upstream, services=services, settings=settings) as host:
            result = await host.call("it_secret", {})
    assert result.content[0].text == "sesame"
