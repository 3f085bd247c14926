"""`toolpost reload`: a running server takes up its configuration, or refuses it and goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import CONFIG, LAYERS, Served, command, environment, served

WITHOUT = LAYERS
DISABLED = CONFIG + '[tools]\ndisabled = ["media"]\n'


@pytest.fixture(params=["asyncio", "trio"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "served", CONFIG, "--backend", request.param) as server:
        yield server.handshake()


def reload(server: Served, config: str) -> subprocess.CompletedProcess[str]:
    folder = server.errors.parent
    surroundings = environment(folder, config)
    return subprocess.run(command("reload"), env=surroundings, cwd=folder, capture_output=True, text=True, timeout=60)


def names(server: Served) -> set[str]:
    return {tool["name"] for tool in server.answer(server.request("tools/list"))["result"]["tools"]}


def test_a_tool_that_is_disabled_goes_and_clients_are_told(server: Served):
    assert "media" in names(server)
    done = reload(server, DISABLED)
    assert (done.returncode, done.stderr) == (0, "")
    assert "gone: media" in done.stdout
    server.until(lambda message: message.get("method") == "notifications/tools/list_changed")
    assert "media" not in names(server)
    server.alive()


def test_a_wrong_configuration_is_refused_and_the_last_good_one_goes_on(server: Served):
    done = reload(server, CONFIG + "[plugins.pii]\nno_such_key = 1\n")
    assert done.returncode == 1
    assert "refused" in done.stdout
    server.alive()
    assert reload(server, CONFIG).returncode == 0


def test_calls_under_way_end_as_they_began(server: Served):
    number = server.start("waits_stubbornly", seconds=0.5)
    assert reload(server, WITHOUT).returncode == 0
    assert server.answer(number)["result"]["content"] == [{"type": "text", "text": "done"}]
    assert "echo" not in names(server)


def test_a_file_that_is_watched_is_taken_up(tmp_path: Path):
    with served(tmp_path / "served", "[server]\nwatch = true\n" + CONFIG) as server:
        server.handshake()
        environment(server.errors.parent, "[server]\nwatch = true\n" + DISABLED)
        server.until(lambda message: message.get("method") == "notifications/tools/list_changed")
        assert "media" not in names(server)


def test_where_none_runs_it_says_so(tmp_path: Path):
    done = subprocess.run(
        command("reload"), env=environment(tmp_path, CONFIG), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "no toolpost server of this kind runs here" in done.stderr


def test_one_that_was_killed_is_forgotten(tmp_path: Path):
    with served(tmp_path / "served", CONFIG) as server:
        server.handshake().kill()
        assert reload(server, CONFIG).returncode == 1
        assert not list((server.errors.parent / "home" / "data" / "running").glob("*.json"))
