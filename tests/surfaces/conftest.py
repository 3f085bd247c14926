"""A running `toolpost serve`, for those that must leave it standing and for those that end it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The hostile plugins are a distribution of their own, which is not installed but lies on the path.
sys.path.append(str(Path(__file__).parent / "hostile"))

from serving import CONFIG, Served, served  # noqa: E402


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of a module: each of them must leave it standing."""
    with served(tmp_path_factory.mktemp("served"), CONFIG, "--backend", request.param) as server:
        yield server.handshake()


@pytest.fixture(params=["asyncio", "trio"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """A server of one's own, to bring to its end."""
    with served(tmp_path / "served", CONFIG, "--backend", request.param) as server:
        yield server.handshake()
