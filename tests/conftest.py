"""What all tests share: both event loops, folders of their own, an environment without anybody's keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolpost import Folders


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
