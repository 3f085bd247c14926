"""An entry point that names a server of the SDK, and no class."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = '''"""Tells the weather."""
from mcp.server import MCPServer

mcp = MCPServer("weather", instructions="Tells the weather.")


@mcp.tool()
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"rain in {city}"
'''


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A distribution with nothing of toolpost in it but its entry point."""
    site = tmp_path / "site"
    info = site / "weather_server-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: weather-server\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolpost]\nweather = weather_server:mcp\n")
    (site / "weather_server.py").write_text(SERVER)
    (tmp_path / "mine.toml").write_text("[plugins.trace]\n[plugins.validation]\n[plugins.weather]\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


def run(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "toolpost", "--config", "mine.toml", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_its_tools_are_called_like_all_others(environ: dict[str, str]):
    done = run(environ, "call", "weather", "city=Oslo")
    assert done.stdout == "rain in Oslo\n", done.stderr
    done = run(environ, "call", "weather", "town=Oslo")
    assert done.returncode != 0
    assert "city" in done.stderr


def test_it_has_no_settings(environ: dict[str, str], tmp_path: Path):
    with (tmp_path / "mine.toml").open("a") as file:
        file.write('units = "metric"\n')
    done = run(environ, "call", "weather", "city=Oslo")
    assert done.returncode == 2
    assert "units" in done.stderr


def test_it_can_be_taken_into_a_process_of_its_own(environ: dict[str, str], tmp_path: Path):
    with (tmp_path / "mine.toml").open("a") as file:
        file.write('isolation = "process"\n')
    assert run(environ, "call", "weather", "city=Oslo").stdout == "rain in Oslo\n"


def test_it_is_listed_without_an_import(environ: dict[str, str], tmp_path: Path):
    (tmp_path / "site" / "weather_server.py").write_text('"""Tells the weather."""\nraise RuntimeError\n')
    listed = json.loads(run(environ, "plugins", "list", "--json").stdout)
    assert "weather" in json.dumps(listed)
