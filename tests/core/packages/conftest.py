"""Real environments, made once for all tests of them, and an index on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

sys.path.append(str(Path(__file__).parent))

import places  # noqa: E402
import wheelhouse  # noqa: E402
from places import Place  # noqa: E402


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """toolpost, all that it requires, and a few plugins."""
    folder = tmp_path_factory.mktemp("wheels")
    wheelhouse.of_toolpost(folder)
    for version in ("1.0", "1.1"):
        wheelhouse.plugin(folder, "weather", version, requires=["toolpost", "chatter>=1"])
    wheelhouse.wheel(folder, "chatter", "1.0", {"chatter.py": ""})
    wheelhouse.plugin(folder, "moon", requires=["toolpost"])
    wheelhouse.plugin(folder, "late", requires=["toolpost>=99"])
    wheelhouse.plugin(folder, "quitter", more="import os; os._exit(3)")
    wheelhouse.wheel(folder, "nothing", "1.0", {"nothing.py": ""})
    return folder


@pytest.fixture(scope="session")
def index(wheels: Path) -> Iterator[str]:
    """A simple index of them."""
    server = HTTPServer(threaded=True)
    server.start()
    yield wheelhouse.serve(server, wheels)
    server.stop()


@pytest.fixture(scope="session")
def pipx(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    """pipx, which is from the index that this machine is configured for, as is the pip that pipx wants."""
    venv = tmp_path_factory.mktemp("pipx")
    pip = [venv / "bin/python", "-m", "pip"]
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    for words in (["install", "pipx"], ["download", "--no-deps", "--dest", wheels, "pip"]):
        if subprocess.run([*pip, *words, "--quiet"], capture_output=True, check=False).returncode:
            pytest.skip("pipx cannot be fetched: the index does not answer")
    return venv / "bin/pipx"


@pytest.fixture(scope="session")
def world(index: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Place]:
    """Makes a person's world by name, still empty."""
    folder = tmp_path_factory.mktemp("worlds")
    return lambda name: Place(folder / name, index)


@pytest.fixture(scope="session", params=["plain", "without_pip", "uv_tool", "pipx"])
def made(request: pytest.FixtureRequest, world: Callable[[str], Place]) -> Place:
    """An environment of each kind, with toolpost and without plugins."""
    place = world(request.param)
    match request.param:
        case "plain":
            return places.plain(place)
        case "without_pip":
            return places.without_pip(place)
        case "uv_tool":
            return places.uv_tool(place)
    return places.pipx(place, request.getfixturevalue("pipx"))
