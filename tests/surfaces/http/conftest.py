"""A running `toolpost serve --http`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from reaching import Reached, reached  # noqa: E402


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """One server for all tests of a module: each of them must leave it standing."""
    with reached(tmp_path_factory.mktemp("served")) as server:
        yield server
