"""A running gateway, and the Node that PyPI brings."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "http")]

from answering import Gate, answering  # noqa: E402


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """One for all tests of a module: each of them must leave it standing."""
    with answering(tmp_path_factory.mktemp("gateway")) as gate:
        yield gate


@pytest.fixture
def gate(standing: Gate) -> Gate:
    """It, with nothing left over from other tests."""
    standing.provider.replies.clear()
    standing.provider.requests.clear()
    standing.provider.left.clear()
    standing.provider.answer = None
    standing.provider.models = ["served-model", "other/model", "text-embedding-3"]
    return standing
