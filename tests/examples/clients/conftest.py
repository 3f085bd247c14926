"""A toolpost as it is shipped, with a database of books, for the examples of clients."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SURFACES = HERE.parents[1] / "surfaces"
sys.path[:0] = [str(HERE), *(str(SURFACES / name) for name in ("gateway", "http", "hostile"))]

from locked import installed  # noqa: E402
from shop import CLIENTS, Shop, opened  # noqa: E402


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests of a module: each of them must leave it standing."""
    with opened(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def shop(standing: Shop) -> Shop:
    """It, with nothing left over from other tests."""
    standing.provider.replies.clear()
    standing.provider.requests.clear()
    return standing


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with `ask.mjs`, where the SDK for Node is installed."""
    (tmp_path / "node_modules").symlink_to(installed() / "node_modules")
    (tmp_path / "ask.mjs").write_bytes((CLIENTS / "ask.mjs").read_bytes())
    return tmp_path
